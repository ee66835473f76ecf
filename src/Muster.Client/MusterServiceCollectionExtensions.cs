using Microsoft.Extensions.DependencyInjection;
using Muster.Client.Balancing;

namespace Muster.Client;

/// <summary>Muster for applications with dependency injection.</summary>
public static class MusterServiceCollectionExtensions
{
    /// <summary>Adds one <see cref="MusterClient"/> for the process. Calling it again changes nothing.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; null keeps environment (<c>REGISTRY_ADDR</c>) and defaults.</param>
    public static IServiceCollection AddMuster(
        this IServiceCollection services, Func<MusterClientOptions, MusterClientOptions>? configure = null) =>
        throw new NotImplementedException();

    /// <summary>Lets the client's requests go to instances of the service that the URI's host names.</summary>
    /// <param name="builder">The named or typed client.</param>
    /// <param name="configure">Changes the options; null keeps the defaults.</param>
    public static IHttpClientBuilder AddMusterLoadBalancing(
        this IHttpClientBuilder builder, Func<BalancingOptions, BalancingOptions>? configure = null) =>
        throw new NotImplementedException();
}
