using System.Net;
using Muster.Client.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>A peer that is dead behind a silent network says nothing: pings have to find it out.</summary>
/// <remarks>In real time, which the transport's pings keep: of the product they have 40 s, here the least that it allows.</remarks>
[Trait("pitfall", "http2-stream-limit")]
public sealed class KeepAlivePingTests : IAsyncLifetime
{
    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(1);

    private readonly List<InstanceConnector> _connectors = [];
    private Backend _a = null!;
    private Backend _b = null!;
    private SilentRelay _relay = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await Backend.StartAsync("a", protocol: EndpointProtocol.Http2);
        _b = await Backend.StartAsync("b", protocol: EndpointProtocol.Http2);
        _relay = new SilentRelay(_a.Port);
    }

    public async ValueTask DisposeAsync()
    {
        _connectors.ForEach(c => c.Dispose());
        await _relay.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public void Handler_SilentPeer_IsFoundWithinFortySeconds()
    {
        using var connector = Connectors.To(1, Connectors.Factory(TimeProvider.System));
        using var handler = InstanceConnections.CreateHandler(connector);
        Assert.Equal(HttpKeepAlivePingPolicy.Always, handler.KeepAlivePingPolicy);

        // Each by itself: never is -1 ms, and would vanish in the sum.
        Assert.InRange(handler.KeepAlivePingDelay, s_least, TimeSpan.FromSeconds(30));
        Assert.InRange(handler.KeepAlivePingTimeout, s_least, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Idle_PeerFallsSilent_TheNextCallHasAFreshConnection()
    {
        await using var fixture = Fixture(Instance(_relay.Port, "a"));
        using var client = Client(fixture);
        Assert.Equal("a", await client.GetStringAsync("/"));
        _relay.FallSilent();
        await _relay.FirstGivenUpAsync.InTime();

        Assert.Equal("a", await client.GetStringAsync("/").InTime());
        Assert.Equal((2, 2), (_relay.ConnectionsMade, _a.Requests));
    }

    [Fact]
    public async Task Call_PeerFallsSilent_GoesOnAtAnother()
    {
        await using var fixture = Fixture(Instance(_relay.Port, "a"), Instance(_b.Port, "b"));
        using var client = Client(fixture);
        Assert.Equal("a", await client.GetStringAsync("/"));
        _relay.FallSilent();

        Assert.Equal("b", await client.GetStringAsync("/").InTime());
        Assert.Equal(["a", "a", "b"], fixture.Observer.Picked);
        Assert.Equal((1, 1), (_relay.ConnectionsMade, _a.Requests));
    }

    private static Core.Replica.InstanceView Instance(int port, string id) => Instances.At(
        port, id, endpoints: [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, port)]);

    private static HttpClient Client(HandlerFixture fixture)
    {
        var client = fixture.Client(fixture.Options with { Policy = FirstPolicy.PolicyName });
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }

    private HandlerFixture Fixture(params Core.Replica.InstanceView[] instances) =>
        new(new MusterClientOptions { Seed = 1, Policies = HandlerFixture.FirstPolicies }, Connect, instances);

    // The product's own transport, but for its patience.
    private SocketsHttpHandler Connect(string host, int port)
    {
        var connector = Connectors.To(port, Connectors.Factory(TimeProvider.System), host);
        _connectors.Add(connector);
        var handler = InstanceConnections.CreateHandler(connector);
        (handler.KeepAlivePingDelay, handler.KeepAlivePingTimeout) = (s_least, s_least);
        return handler;
    }
}
