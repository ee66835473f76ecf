using System.Diagnostics.Metrics;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Telemetry;

/// <summary>What is measured of connections (gRFC A94).</summary>
public sealed class ConnectionMetricsTests : IDisposable
{
    private const string Target = "grpc.target=calculator";
    private readonly Recorded _recorded = new();

    [Fact]
    public async Task Instruments_AreThoseOfGrpc()
    {
        await using var fixture = new HandlerFixture(_recorded);

        Assert.Equal(
            ("{attempt}", "{attempt}", "{disconnection}"),
            (Counter("grpc.subchannel.connection_attempts_succeeded").Unit, Counter("grpc.subchannel.connection_attempts_failed").Unit,
                Counter("grpc.subchannel.disconnections").Unit));
        Assert.Equal(
            "{connection}", Assert.IsType<ObservableUpDownCounter<long>>(_recorded.Instrument("grpc.subchannel.open_connections")).Unit);
    }

    [Fact]
    public async Task Send_TwoCalls_OverOneConnectionThatIsOpenUntilTheInstanceLeaves()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(_recorded, a.View);
        using var client = fixture.Client();

        await client.GetStringAsync("/");
        await client.GetStringAsync("/");

        Assert.Equal([(1, Target)], _recorded.Of(InstrumentNames.ConnectSucceeded));
        Assert.Empty(_recorded.Of(InstrumentNames.Disconnections));
        Assert.Equal([(1, Target)], _recorded.Observe(InstrumentNames.OpenConnections));

        fixture.Watch.Show();
        await _recorded.FirstAsync(InstrumentNames.Disconnections);
        Assert.Equal([(0, Target)], _recorded.Observe(InstrumentNames.OpenConnections));
    }

    [Fact]
    public async Task Send_NobodyListens_CountsTheFailure()
    {
        using var closed = new ClosedPort("a");
        await using var fixture = new HandlerFixture(_recorded, closed.View);
        using var client = fixture.Client();

        await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("/"));

        Assert.Equal([(1, Target)], _recorded.Of(InstrumentNames.ConnectFailed));
        Assert.Empty(_recorded.Of(InstrumentNames.ConnectSucceeded));
        Assert.Equal([(0, Target)], _recorded.Observe(InstrumentNames.OpenConnections));
    }

    // Something listens, and does not speak TLS: a connection that nobody could use.
    [Fact]
    public async Task Send_HandshakeFails_CountsNoConnection()
    {
        await using var plain = await Backend.StartAsync("a");
        var port = plain.View.Record.Default.Port;
        await using var fixture = new HandlerFixture(
            _recorded, Instances.At(port, "a", endpoints: [new Endpoint(Endpoint.DefaultName, "https", EndpointProtocol.Http1, port)]));
        using var client = fixture.Client();

        await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("https://calculator/"));

        Assert.Equal([(1, Target)], _recorded.Of(InstrumentNames.ConnectFailed));
        Assert.Empty(_recorded.Of(InstrumentNames.ConnectSucceeded));
        Assert.Empty(_recorded.Of(InstrumentNames.Disconnections));
        Assert.Equal([(0, Target)], _recorded.Observe(InstrumentNames.OpenConnections));
    }

    public void Dispose() => _recorded.Dispose();

    private Counter<long> Counter(string name) => Assert.IsType<Counter<long>>(_recorded.Instrument(name));
}
