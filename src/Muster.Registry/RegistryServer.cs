using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol;
using Muster.Registry.Api;
using Muster.Registry.Api.Http;
using Muster.Registry.Checks;
using Muster.Registry.Connections;
using Muster.Registry.Sessions;
using Muster.Registry.Store;
using Muster.Registry.Watch;

namespace Muster.Registry;

/// <summary>A registry node: listens, serves, stops.</summary>
/// <remarks>Owned by its creator; dispose stops it.</remarks>
public sealed partial class RegistryServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RegistryServerOptions _options;

    private RegistryServer(WebApplication app, RegistryServerOptions options)
    {
        _app = app;
        _options = options;
    }

    /// <summary>The gRPC port that is listened on.</summary>
    public int Port { get; private set; }

    /// <summary>The HTTP port that is listened on.</summary>
    public int HttpPort { get; private set; }

    /// <summary>Its parts, for tests that look whether they agree.</summary>
    internal IServiceProvider Parts => _app.Services;

    /// <summary>Starts a node.</summary>
    /// <param name="options">How to run it.</param>
    /// <param name="configureLogging">Where to log; null logs nowhere.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="IOException">A port is in use; the message names it.</exception>
    /// <exception cref="StoreUnavailableException">The data directory cannot be used; the message names it.</exception>
    public static async Task<RegistryServer> StartAsync(
        RegistryServerOptions options, Action<ILoggingBuilder>? configureLogging, CancellationToken cancellationToken)
    {
        options.Validate();
        var server = new RegistryServer(Build(options, configureLogging), options);
        try
        {
            await server._app.StartAsync(cancellationToken);
        }
        catch
        {
            await server._app.DisposeAsync();
            throw;
        }

        server.ReadPorts();
        return server;
    }

    /// <summary>Completes when the node has stopped: by <see cref="StopAsync"/>, SIGTERM or SIGINT.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops the node: streams end, running calls get the token's time.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static WebApplication Build(RegistryServerOptions options, Action<ILoggingBuilder>? configureLogging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        configureLogging?.Invoke(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        AddServices(builder.Services, options);
        var app = builder.Build();
        app.UseRouting();
        MapEndpoints(app);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, RegistryServerOptions options)
    {
        kestrel.AddServerHeader = false;
        // A half-open connection (no FIN) is noticed by HTTP/2 pings, long before TCP gives up.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(5);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
        // A balancer's worth of watchers and sessions may share one connection through a proxy.
        kestrel.Limits.Http2.MaxStreamsPerConnection = Limits.RequestsPerConnectionMax;
        kestrel.Limits.MaxConcurrentConnections = OpenFiles.ConnectionsMax(options.Limits.ConnectionsMax);
        var httpPort = options.HttpPort ?? (options.Port == 0 ? 0 : options.Port + 1);
        Listen(kestrel, options, options.Port, HttpProtocols.Http2);
        Listen(kestrel, options, httpPort, HttpProtocols.Http1);
    }

    private static void Listen(KestrelServerOptions kestrel, RegistryServerOptions options, int port, HttpProtocols protocols)
    {
        void Use(ListenOptions listen)
        {
            listen.Protocols = protocols;
            listen.Use(next => new FirstBytes(next, protocols, options.TimeProvider).RunAsync);
        }

        if (options.ListenAny)
        {
            kestrel.ListenAnyIP(port, Use);
        }
        else if (port == 0)
        {
            // "localhost" is two addresses, which could not share a port that the system chooses.
            kestrel.Listen(IPAddress.Loopback, 0, Use);
        }
        else
        {
            kestrel.ListenLocalhost(port, Use);
        }
    }

    private static void AddServices(IServiceCollection services, RegistryServerOptions options)
    {
        services.AddRouting();
        services.AddSingleton(options);
        services.AddSingleton(options.Limits);
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton(options.Ids);
        services.AddSingleton(new NodeIdentity($"node-{options.Ids.NextName()}", options.ListenAny));
        AddStore(services, options);
        services.AddSingleton(s => new MonotonicClock(s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DrainWaits>();
        services.AddSingleton<WatchHub>();
        services.AddSingleton<LeaseKeeper>();
        services.AddSingleton<ServiceJanitor>();
        services.AddSingleton<Removals>();
        services.AddSingleton<IProber, Prober>();
        services.AddSingleton<CheckRunner>();
        services.AddSingleton<ICatalogFollower>(s => s.GetRequiredService<CheckRunner>());
        services.AddSingleton<CallKeeper>();
        services.AddSingleton<ICatalogFollower>(s => s.GetRequiredService<CallKeeper>());
        services.AddHostedService<CheckRemovals>();
        services.AddSingleton<CatalogFeed>();
        services.AddHostedService(s => s.GetRequiredService<CatalogFeed>());
        services.AddHostedService(s => s.GetRequiredService<ServiceJanitor>());
        services.AddSingleton<Commits>();
        services.AddSingleton<Registrar>();
        services.AddSingleton<OperatorRegistrar>();
        services.AddSingleton<WatchPump>();
        services.AddSingleton<Shutdown>();
        services.AddSingleton<InstanceCalls>();
        services.AddSingleton<ListCalls>();
        services.AddSingleton<RemoveCalls>();
        services.AddSingleton<GuardCalls>();
        services.AddSingleton<HistoryCalls>();
        services.AddSingleton<CallTotalsCalls>();
        services.AddSingleton<BackupCalls>();
        services.AddSingleton<WatchCalls>();
        services.AddSingleton<LongPoll>();
        services.AddSingleton<PrometheusTargets>();
        services.AddSingleton<JsonApi>();
        services.AddSingleton<SessionCalls>();
        services.AddSingleton<RegistryService>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
    }

    private static void AddStore(IServiceCollection services, RegistryServerOptions options)
    {
        if (options.Store is { } given)
        {
            services.AddSingleton(given);
            return;
        }

        services.AddSingleton<ICatalogStore>(s => options.DataDirectory is { } directory
            ? SqliteStore.Open(directory, $"sqlite-{options.Ids.NextName()}", s.GetRequiredService<ILogger<SqliteStore>>(), options.TimeProvider)
            : new MemoryStore($"memory-{options.Ids.NextName()}"));
    }

    private static void MapEndpoints(WebApplication app)
    {
        app.MapGrpcService(
            app.Services.GetRequiredService<RegistryService>(), new GrpcServerOptions { ReceiveMessageBytesMax = Limits.MessageBytesMax });
        // For the tools that every gRPC server is expected to serve: health probes, and clients that ask for the contract.
        var health = new HealthService();
        health.Set(RegistryMethods.Service.FullName, HealthStatus.Serving);
        app.MapGrpcService(health);
        app.MapGrpcService(new ReflectionService());
        app.MapHealth();
        app.Services.GetRequiredService<JsonApi>().Map(app);
    }

    private void ReadPorts()
    {
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var ports = addresses.Select(a => BindingAddress.Parse(a).Port).Distinct().ToList();
        Port = ports[0];
        HttpPort = ports.Count > 1 ? ports[1] : ports[0];
        if (_options.ListenAny)
        {
            LogListenAny(_app.Logger, Port);
        }
    }

    [LoggerMessage(EventIds.ListenAnyWithoutCredentials, LogLevel.Warning,
        "Listening on every address of this machine, port {Port}, without credentials: whoever reaches it can register and remove instances")]
    private static partial void LogListenAny(ILogger logger, int port);
}
