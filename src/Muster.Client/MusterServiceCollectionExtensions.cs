using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Http;

namespace Muster.Client;

/// <summary>Muster for applications with dependency injection.</summary>
public static class MusterServiceCollectionExtensions
{
    /// <summary>The environment variable that names the registry: <c>host:port</c>.</summary>
    public const string RegistryVariable = "REGISTRY_ADDR";

    /// <summary>The environment variable that names this process's zone.</summary>
    public const string ZoneVariable = "MUSTER_ZONE";

    /// <summary>Adds one <see cref="MusterClient"/> for the process. Of several calls the first that configures it counts.</summary>
    /// <remarks>What <paramref name="configure"/> sets wins over the environment, which wins over the defaults. A value that is
    /// out of its range stops a host from starting; without a host it is reported when the client is first resolved.</remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; null keeps environment (<c>REGISTRY_ADDR</c>, <c>MUSTER_ZONE</c>) and defaults.</param>
    public static IServiceCollection AddMuster(
        this IServiceCollection services, Func<MusterClientOptions, MusterClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
        {
            services.TryAddSingleton(new Configuration(configure));
        }

        services.TryAddSingleton(provider =>
        {
            var options = FromEnvironment();
            options = provider.GetService<TimeProvider>() is { } time ? options with { TimeProvider = time } : options;
            options = options with { MeterFactory = provider.GetService<IMeterFactory>() };
            var configured = provider.GetService<Configuration>()?.Configure(options) ?? options;
            return new MusterClient(configured, provider.GetService<ILoggerFactory>());
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartupCheck>());
        return services;
    }

    /// <summary>Lets the client's requests go to instances of the service that the URI's host names.</summary>
    /// <remarks>An option that is out of its range stops a host from starting; without a host it is reported when the
    /// <see cref="HttpClient"/> is first made.</remarks>
    /// <param name="builder">The named or typed client.</param>
    /// <param name="configure">Changes the options; null keeps the defaults.</param>
    public static IHttpClientBuilder AddMusterLoadBalancing(
        this IHttpClientBuilder builder, Func<BalancingOptions, BalancingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddMuster();
        var options = new BalancingOptions();
        options = configure?.Invoke(options) ?? options;
        builder.Services.AddSingleton(new StartupCheck.Handler(builder.Name, options));
        return builder.ConfigurePrimaryHttpMessageHandler(
            provider => new MusterHandler(provider.GetRequiredService<MusterClient>(), options));
    }

    private static MusterClientOptions FromEnvironment()
    {
        // Empty counts as unset: compose files pass variables on that nobody set.
        var registry = Environment.GetEnvironmentVariable(RegistryVariable);
        var zone = Environment.GetEnvironmentVariable(ZoneVariable);
        return new MusterClientOptions
        {
            Registry = string.IsNullOrEmpty(registry) ? MusterClientOptions.RegistryDefault : registry,
            Zone = string.IsNullOrEmpty(zone) ? null : zone,
        };
    }

    private sealed record Configuration(Func<MusterClientOptions, MusterClientOptions> Configure);
}
