using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Faults;

/// <summary>A well-behaved provider and watcher beside the faulty ones: it renews, registers, reads, and must not notice them.</summary>
internal sealed class Neighbour : IAsyncDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler());
    private readonly CancellationTokenSource _end = new();
    private readonly Task _working;
    private int _calls;
    private TimeSpan _slowest;

    public Neighbour(string registry)
    {
        Client = new GrpcClient(_invoker, new Uri($"http://{registry}"), new GrpcClientOptions { TimeProvider = TimeProvider.System });
        _working = Task.Run(WorkAsync);
    }

    public GrpcClient Client { get; }

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>How it went, for the test's output.</summary>
    public string Said => $"{Calls} calls of the neighbour, the slowest {_slowest.TotalMilliseconds:0} ms";

    /// <summary>Ends it; throws what went wrong for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _working;
        _invoker.Dispose();
        _end.Dispose();
    }

    private async Task WorkAsync()
    {
        var options = new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(20) };
        var instance = new Instance { Service = "neighbour", Id = "n", Host = "10.9.9.9", Endpoints = { new Endpoint { Port = 80 } } };
        var registered = await Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest { Instance = instance, TtlMs = 60_000 }, options);
        while (!_end.IsCancellationRequested)
        {
            var start = TimeProvider.System.GetTimestamp();
            await Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = registered.LeaseId }, options);
            instance.Metadata["turn"] = $"{Calls}";
            await Client.UnaryAsync(
                RegistryMethods.Register, new RegisterRequest { Instance = instance, LeaseId = registered.LeaseId }, options);
            var list = await Client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = "neighbour" }, options);
            Assert.Equal($"{Calls}", Assert.Single(list.Instances).Instance.Metadata["turn"]);
            var took = TimeProvider.System.GetElapsedTime(start);
            _slowest = took > _slowest ? took : _slowest;
            Interlocked.Increment(ref _calls);
            await Task.Delay(20);
        }
    }
}
