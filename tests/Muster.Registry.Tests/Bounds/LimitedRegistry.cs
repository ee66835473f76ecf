using Muster.Grpc;
using Muster.Registry.Store;
using Muster.Testing;

namespace Muster.Registry.Tests.Bounds;

/// <summary>A real registry whose limits a test can reach.</summary>
internal sealed class LimitedRegistry : IAsyncDisposable
{
    private readonly RegistryServer _server;
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler());

    private LimitedRegistry(RegistryServer server, TimeProvider time)
    {
        _server = server;
        Client = new GrpcClient(_invoker, GrpcAddress, new GrpcClientOptions { TimeProvider = time });
    }

    public GrpcClient Client { get; }

    public Uri GrpcAddress => new($"http://127.0.0.1:{_server.Port}");

    public Uri HttpAddress => new($"http://127.0.0.1:{_server.HttpPort}");

    public IServiceProvider Parts => _server.Parts;

    public static async Task<LimitedRegistry> StartAsync(
        NodeLimits? limits = null, ManualTimeProvider? time = null, ICatalogStore? store = null)
    {
        var clock = time ?? new ManualTimeProvider();
        var options = new RegistryServerOptions
        {
            Port = 0, HttpPort = 0, TimeProvider = clock, Limits = limits ?? new(), Store = store, IsGuarded = store is null,
        };
        return new LimitedRegistry(await RegistryServer.StartAsync(options, null, CancellationToken.None), clock);
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        await _server.StopAsync(CancellationToken.None);
        await _server.DisposeAsync();
    }
}
