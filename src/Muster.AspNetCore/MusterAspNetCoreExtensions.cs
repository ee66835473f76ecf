using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.AspNetCore.Connections;
using Muster.AspNetCore.Front;
using Muster.Client;
using Muster.Grpc.AspNetCore;

namespace Muster.AspNetCore;

/// <summary>Muster for web apps that offer a service.</summary>
public static class MusterAspNetCoreExtensions
{
    /// <summary>Largest request of <see cref="MapMusterLoadReports"/> in bytes; it is an interval, and names of costs that no report
    /// here has.</summary>
    private const int OrcaRequestBytesMax = 16 * 1024;

    /// <summary>Announces this app as an instance of the service once its ports are bound, keeps it announced, and drains it
    /// on SIGTERM: DRAINING is announced, running calls end, the instance deregisters, the app stops.</summary>
    /// <remarks>May be called more than once, for several services on the same ports. A registry that is away keeps the app
    /// neither from starting nor, for more than some seconds, from stopping. An address that is none, or an option out of its
    /// range, stops the app with a message that names it. While it drains its responses say so (<c>muster-draining: 1</c>), and once
    /// those who watch know, its connections close by themselves (<c>Connection: close</c>, GOAWAY), for those who do not.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="configure">Changes the options; null keeps environment and defaults.</param>
    public static IServiceCollection AddMusterRegistration(
        this IServiceCollection services, string service,
        Func<MusterRegistrationOptions, MusterRegistrationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(service);
        services.AddMuster();
        services.AddSingleton(new RegistrationRequest(service, configure));
        if (services.Any(s => s.ServiceType == typeof(Registrations)))
        {
            return services;
        }

        services.AddSingleton<Registrations>();
        services.AddSingleton<IMusterRegistrations>(provider => provider.GetRequiredService<Registrations>());
        services.AddSingleton(provider => new Drain(
            provider.GetRequiredService<RequestMeter>(), provider.GetRequiredService<DrainState>(), Clock(provider),
            provider.GetRequiredService<ILogger<Drain>>()));
        services.AddHostedService<RegistrationService>();
        return services.AddFront();
    }

    /// <summary>Lets every response say how busy this app is: gRPC in a trailer (<c>endpoint-load-metrics-bin</c>, ORCA), plain HTTP in
    /// a short header (<c>muster-load</c>). Probes for it are answered before anything else sees them.</summary>
    /// <remarks>This line is enough: no middleware has to be placed. It needs no <see cref="AddMusterRegistration"/>, so it also serves
    /// an app that is announced by other means; one that has it tells the registry too, soon after each request. Of several calls the
    /// first that configures it counts.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; null keeps the defaults. An option that is out of its range stops the app when it
    /// starts.</param>
    public static IServiceCollection AddMusterLoadReports(
        this IServiceCollection services, Func<MusterLoadReportsOptions, MusterLoadReportsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton(new LoadReportsRequest(configure));
        return services.AddFront();
    }

    /// <summary>Lets connections to this app grow no older than they should, so that callers spread over the instances that there are
    /// by now: at its age an HTTP/1.1 connection closes with its next response (<c>Connection: close</c>), and an HTTP/2 connection is
    /// told by GOAWAY, serves what runs, and is cut after a grace.</summary>
    /// <remarks>Counts from a connection's first request. Of several calls the first that configures it counts. Works where the server
    /// shows its connections, as Kestrel does; does nothing elsewhere.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; null keeps the defaults. An option that is out of its range stops the app when it
    /// starts.</param>
    public static IServiceCollection AddMusterConnectionAging(
        this IServiceCollection services, Func<MusterConnectionAgingOptions, MusterConnectionAgingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.TryAddSingleton(new AgingConfiguration(configure));
        }

        services.TryAddSingleton(provider =>
        {
            var options = new MusterConnectionAgingOptions();
            options = provider.GetService<AgingConfiguration>()?.Configure(options) ?? options;
            options.Validate();
            return new ConnectionAges(options, Clock(provider), options.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue));
        });
        return services.AddFront();
    }

    /// <summary>Lets every response carry this app's load report, as <see cref="AddMusterLoadReports"/> does. Where that was called
    /// this changes nothing.</summary>
    /// <remarks>Where in the pipeline it stands does not matter.</remarks>
    /// <exception cref="InvalidOperationException">Neither <see cref="AddMusterLoadReports"/> nor <see cref="AddMusterRegistration"/>
    /// was called.</exception>
    public static IApplicationBuilder UseMusterLoadReports(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        Reports(app.ApplicationServices).TurnOn();
        return app;
    }

    /// <summary>Maps <c>xds.service.orca.v3.OpenRcaService</c>, ORCA's service of load reports out of band: a stream of them at an
    /// interval, for callers that send little and want to know all the same.</summary>
    /// <remarks>A caller asks for an interval; <see cref="MusterLoadReportsOptions.OutOfBandInterval"/> is the shortest it gets. The
    /// streams are in no count of requests, no drain waits for them, and they end when the app stops.</remarks>
    /// <param name="endpoints">The application. Its port has to speak HTTP/2.</param>
    /// <exception cref="InvalidOperationException">Neither <see cref="AddMusterLoadReports"/> nor <see cref="AddMusterRegistration"/>
    /// was called.</exception>
    public static IEndpointConventionBuilder MapMusterLoadReports(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var service = new OrcaService(
            Reports(services).OfResponses, services.GetRequiredService<MusterLoadReportsOptions>(), Clock(services),
            services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        return endpoints.MapGrpcService(service, new GrpcServerOptions { ReceiveMessageBytesMax = OrcaRequestBytesMax });
    }

    private static LoadReports Reports(IServiceProvider services) => services.GetService<LoadReports>()
        ?? throw new InvalidOperationException(
            $"Load reports need services.{nameof(AddMusterLoadReports)}(), or services.{nameof(AddMusterRegistration)}(\"name\"), first.");

    private static IServiceCollection AddFront(this IServiceCollection services)
    {
        if (services.Any(s => s.ImplementationType == typeof(RequestFrontFilter)))
        {
            return services;
        }

        services.AddSingleton(AppClock.Of);
        services.AddSingleton(provider => LoadReportsRequest.OptionsOf(provider.GetServices<LoadReportsRequest>()));
        services.AddSingleton(provider => new RequestMeter(
            Clock(provider), provider.GetRequiredService<MusterLoadReportsOptions>().LatencyWindow));
        services.AddSingleton<LoadReports>();
        services.AddSingleton<DrainState>();
        services.AddSingleton<StreamRoutes>();
        services.AddSingleton(provider => new OpenConnections(
            provider.GetService<ConnectionAges>(), provider.GetRequiredService<DrainState>(),
            isDrained: provider.GetService<Drain>() is not null, Clock(provider),
            provider.GetRequiredService<ILogger<OpenConnections>>()));
        services.AddSingleton(provider => new RequestFront(
            provider.GetRequiredService<RequestMeter>(), provider.GetRequiredService<LoadReports>(),
            provider.GetRequiredService<MusterLoadReportsOptions>(), provider.GetRequiredService<DrainState>(),
            provider.GetRequiredService<OpenConnections>(), provider.GetRequiredService<StreamRoutes>(),
            provider.GetService<Registrations>()));

        // Filters wrap each other in the order of their registration, and this one stands before all.
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, RequestFrontFilter>());
        return services;
    }

    private static TimeProvider Clock(IServiceProvider provider) => provider.GetRequiredService<AppClock>().TimeProvider;

    private sealed record AgingConfiguration(Func<MusterConnectionAgingOptions, MusterConnectionAgingOptions> Configure);
}
