using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Muster.AspNetCore.Load;
using Muster.AspNetCore.Registration;
using Muster.Client;

namespace Muster.AspNetCore;

/// <summary>Muster for web apps that offer a service.</summary>
public static class MusterAspNetCoreExtensions
{
    /// <summary>Announces this app as an instance of the service once its ports are bound, keeps it announced, and drains it
    /// on SIGTERM: DRAINING is announced, running calls end, the instance deregisters, the app stops.</summary>
    /// <remarks>May be called more than once, for several services on the same ports. A registry that is away holds up neither
    /// the start nor, for more than 2 s, the stop. Give the host a longer <see cref="HostOptions.ShutdownTimeout"/> than
    /// <see cref="MusterRegistrationOptions.DrainTimeout"/>.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="configure">Changes the options; null keeps environment and defaults.</param>
    public static IServiceCollection AddMusterRegistration(
        this IServiceCollection services, string service,
        Func<MusterRegistrationOptions, MusterRegistrationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(service);
        services.AddMuster();
        services.AddLoadReports();
        var options = new MusterRegistrationOptions();
        services.AddSingleton(new Offer(service, configure?.Invoke(options) ?? options));
        services.TryAddSingleton<RegistrationService>();
        services.TryAddSingleton<IMusterRegistrations>(p => p.GetRequiredService<RegistrationService>());
        // By type, so that a second service does not start it twice.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RegistrationLifecycle>());
        return services;
    }

    /// <summary>Counts requests in flight, and adds this instance's load report to each response: gRPC trailers
    /// (<c>endpoint-load-metrics-bin</c>, ORCA) and a compact header for plain HTTP.</summary>
    /// <remarks>Put it first: what runs before it is not counted. An app that registers but does not use it reports no load, and
    /// a drain then cannot see its running calls.</remarks>
    public static IApplicationBuilder UseMusterLoadReports(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var middleware = app.ApplicationServices.GetService<LoadReportMiddleware>() ?? throw new InvalidOperationException(
            "UseMusterLoadReports needs AddMusterRegistration on the app's services.");
        return app.Use(middleware.InvokeAsync);
    }

    private static void AddLoadReports(this IServiceCollection services)
    {
        services.TryAddSingleton<RequestMeter>();
        services.TryAddSingleton<ProcessLoad>();
        services.TryAddSingleton<LoadReporter>();
        services.TryAddSingleton<LoadReportMiddleware>();
    }
}
