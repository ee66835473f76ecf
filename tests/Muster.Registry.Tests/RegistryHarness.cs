using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Registry.Tests;

/// <summary>A real registry on a manual clock, with the calls that tests make.</summary>
public abstract class RegistryHarness : IAsyncLifetime
{
    private InProcessRegistry? _registry;

    protected ManualTimeProvider Time { get; } = new();

    protected InProcessRegistry Registry => _registry!;

    protected GrpcClient Client => Registry.Client;

    public async ValueTask InitializeAsync() => _registry = await InProcessRegistry.StartAsync(Time);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Registry.DisposeAsync();
    }

    protected static Instance Instance(string id = "a", int port = 80, string service = "calculator") => new()
    {
        Service = service,
        Id = id,
        Host = "10.0.0.1",
        Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = port } },
    };

    protected Task<RegisterResponse> RegisterAsync(Instance instance, ulong lease = 0, uint ttlMs = 0) =>
        Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest { Instance = instance, LeaseId = lease, TtlMs = ttlMs });

    protected Task<ListInstancesResponse> ListAsync(string service = "calculator", string selector = "") =>
        Client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = service, Selector = selector });

    protected static async Task<RpcException> FailsAsync(StatusCode code, Task call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        Assert.True(error.Code == code, $"expected {code}, but the call ended with {error.Status}");
        return error;
    }
}
