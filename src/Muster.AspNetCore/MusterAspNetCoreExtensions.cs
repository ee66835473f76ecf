using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muster.Client;

namespace Muster.AspNetCore;

/// <summary>Muster for web apps that offer a service.</summary>
public static class MusterAspNetCoreExtensions
{
    /// <summary>Announces this app as an instance of the service once its ports are bound, keeps it announced, and drains it
    /// on SIGTERM: DRAINING is announced, running calls end, the instance deregisters, the app stops.</summary>
    /// <remarks>May be called more than once, for several services on the same ports. A registry that is away keeps the app
    /// neither from starting nor, for more than some seconds, from stopping. An address that is none, or an option out of its
    /// range, stops the app with a message that names it.</remarks>
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
        services.AddSingleton(provider => new RequestMeter(Clock(provider)));
        services.AddSingleton<LoadReports>();
        services.AddSingleton(provider => new Drain(
            provider.GetRequiredService<RequestMeter>(), Clock(provider), provider.GetRequiredService<ILogger<Drain>>()));
        services.AddSingleton<IStartupFilter, RequestMeterFilter>();
        services.AddHostedService<RegistrationService>();
        return services;
    }

    /// <summary>Counts requests in flight, and adds this instance's load report to each response: gRPC trailers
    /// (<c>endpoint-load-metrics-bin</c>, ORCA) and a compact header for plain HTTP (<c>muster-load</c>).</summary>
    /// <remarks>Put it early in the pipeline: what runs before it answers without a report.</remarks>
    /// <exception cref="InvalidOperationException"><see cref="AddMusterRegistration"/> was not called.</exception>
    public static IApplicationBuilder UseMusterLoadReports(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.ApplicationServices.GetService<Registrations>() is null)
        {
            throw new InvalidOperationException(
                $"Load reports need an announced service: call services.{nameof(AddMusterRegistration)}(\"name\") first.");
        }

        return app.UseMiddleware<LoadReportMiddleware>();
    }

    private static TimeProvider Clock(IServiceProvider provider) =>
        provider.GetRequiredService<MusterClient>().Options.TimeProvider;
}
