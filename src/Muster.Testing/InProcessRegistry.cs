using Microsoft.Extensions.Logging;
using Muster.Client;
using Muster.Grpc;
using Muster.Registry;
using Muster.Registry.Store;

namespace Muster.Testing;

/// <summary>A real registry in this process, on ports of its own, reached over the loopback.</summary>
/// <remarks>Dispose stops it.</remarks>
public sealed class InProcessRegistry : IAsyncDisposable
{
    private readonly RegistryServer _server;
    private readonly SocketsHttpHandler _handler = new();
    private readonly HttpMessageInvoker _invoker;

    private InProcessRegistry(RegistryServer server, TimeProvider timeProvider)
    {
        _server = server;
        _invoker = new HttpMessageInvoker(_handler);
        Client = new GrpcClient(_invoker, new Uri($"http://{Address}"), new GrpcClientOptions { TimeProvider = timeProvider });
    }

    /// <summary>The gRPC address, <c>host:port</c>.</summary>
    public string Address => $"127.0.0.1:{_server.Port}";

    /// <summary>The HTTP side.</summary>
    public Uri HttpAddress => new($"http://127.0.0.1:{_server.HttpPort}");

    /// <summary>A gRPC client of its own connection.</summary>
    public GrpcClient Client { get; }

    /// <summary>Starts a registry.</summary>
    /// <param name="timeProvider">The registry's clock; null means the system's.</param>
    /// <param name="port">The gRPC port; 0 lets the system choose. A registry that is to come back needs the same one.</param>
    /// <param name="configureLogging">Where it logs; null logs nowhere.</param>
    /// <param name="dataDirectory">Where it keeps its records; null keeps them in memory.</param>
    /// <param name="store">What it keeps them in instead, for example a recording store; stays the caller's.</param>
    public static async Task<InProcessRegistry> StartAsync(
        TimeProvider? timeProvider = null, int port = 0, Action<ILoggingBuilder>? configureLogging = null, string? dataDirectory = null,
        ICatalogStore? store = null)
    {
        var clock = timeProvider ?? new MusterClientOptions().TimeProvider;
        var options = new RegistryServerOptions { Port = port, HttpPort = 0, TimeProvider = clock, DataDirectory = dataDirectory, Store = store };
        var server = await RegistryServer.StartAsync(options, configureLogging, CancellationToken.None);
        return new InProcessRegistry(server, clock);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        _handler.Dispose();
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }
}
