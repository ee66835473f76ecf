using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Muster.AspNetCore;

/// <summary>Muster for web apps that offer a service.</summary>
public static class MusterAspNetCoreExtensions
{
    /// <summary>Announces this app as an instance of the service once its ports are bound, keeps it announced, and drains it
    /// on SIGTERM: DRAINING is announced, running calls end, the instance deregisters, the app stops.</summary>
    /// <remarks>May be called more than once, for several services on the same ports.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="configure">Changes the options; null keeps environment and defaults.</param>
    public static IServiceCollection AddMusterRegistration(
        this IServiceCollection services, string service,
        Func<MusterRegistrationOptions, MusterRegistrationOptions>? configure = null) => throw new NotImplementedException();

    /// <summary>Counts requests in flight, and adds this instance's load report to each response: gRPC trailers
    /// (<c>endpoint-load-metrics-bin</c>, ORCA) and a compact header for plain HTTP.</summary>
    public static IApplicationBuilder UseMusterLoadReports(this IApplicationBuilder app) => throw new NotImplementedException();
}
