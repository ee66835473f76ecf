using System.Diagnostics.Metrics;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Telemetry;

/// <summary>What is measured of gRPC calls that take more than one attempt (gRFC A96).</summary>
public sealed class GrpcRepeatMetricsTests : IDisposable
{
    private const string Tags = "grpc.method=muster.v1.Registry/ListServices grpc.target=calculator";
    private const string Extra = "muster.service=calculator muster.namespace=default muster.kind=transparent_retry";
    private static readonly TimeSpan HedgeDelay = TimeSpan.FromMilliseconds(100);
    private readonly FakeNetwork _network = new();
    private readonly Recorded _recorded = new();

    [Theory]
    [InlineData("grpc.client.call.retries", "{retry}", new long[] { 1, 2, 3, 4, 5 })]
    [InlineData("grpc.client.call.transparent_retries", "{transparent_retry}", new long[] { 1, 2, 3, 4, 5, 10 })]
    [InlineData("grpc.client.call.hedges", "{hedge}", new long[] { 1, 2, 3, 4, 5 })]
    public async Task Counts_HaveUnitsAndBucketsOfGrpc(string name, string unit, long[] buckets)
    {
        await using var fixture = Fixture();

        var instrument = Assert.IsType<Histogram<long>>(_recorded.Instrument(name));
        Assert.Equal(unit, instrument.Unit);
        Assert.Equal(buckets, instrument.Advice!.HistogramBucketBoundaries);
    }

    [Fact]
    public async Task Delay_HasUnitAndBucketsOfGrpc()
    {
        await using var fixture = Fixture();

        var instrument = Assert.IsType<Histogram<double>>(_recorded.Instrument("grpc.client.call.retry_delay"));
        Assert.Equal("s", instrument.Unit);
        Assert.Equal(41, instrument.Advice!.HistogramBucketBoundaries!.Count);
    }

    [Fact]
    public async Task Call_OneAttempt_ReportsNoCountAndNoDelay()
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.OK));

        await CallAsync(fixture, Options(fixture));

        AssertCounts([], [], []);
        Assert.Equal([(0, Tags)], _recorded.Of(InstrumentNames.CallRetryDelay));
    }

    [Fact]
    public async Task Call_Retried_ReportsTheRetryAndTheWait()
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.Unavailable, "1500"), FakeNetwork.Grpc(StatusCode.OK));

        var call = CallAsync(fixture, Options(fixture) with { Retry = new RetryOptions() });
        fixture.Clock.Advance(await fixture.Clock.TimerArmedAsync(_ => true).InTime());
        await call.InTime();

        AssertCounts([1], [], []);
        Assert.Equal([(1.5, Tags)], _recorded.Of(InstrumentNames.CallRetryDelay));
        Assert.Contains((0, Extra), _recorded.Observe(InstrumentNames.ExtraAttempts));
    }

    [Fact]
    public async Task Call_CancelledDuringTheWait_ReportsTheWaitSoFar()
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.Unavailable, "1500"), FakeNetwork.Grpc(StatusCode.OK));
        using var cancel = new CancellationTokenSource();

        var call = CallAsync(fixture, Options(fixture) with { Retry = new RetryOptions() }, cancel.Token);
        await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call.InTime());

        await _recorded.FirstAsync(InstrumentNames.CallRetryDelay);
        AssertCounts([], [], []);
        Assert.Equal([(1, Tags)], _recorded.Of(InstrumentNames.CallRetryDelay));
    }

    [Fact]
    public async Task Call_NeverRan_ReportsTransparentRetriesApart()
    {
        await using var fixture = Fixture(
            FakeNetwork.Refuse, FakeNetwork.RefuseStream, FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Grpc(StatusCode.OK));

        await CallAsync(fixture, Options(fixture));

        AssertCounts([1], [2], []);
        Assert.Contains((2, Extra), _recorded.Observe(InstrumentNames.ExtraAttempts));
    }

    [Fact]
    public async Task Call_Hedged_ReportsTheHedgeAndNoDelay()
    {
        await using var fixture = Fixture(FakeNetwork.Hang, FakeNetwork.Grpc(StatusCode.OK));
        fixture.EarnHedges();

        var call = CallAsync(fixture, Options(fixture) with { Hedging = new HedgingOptions { DelayInitial = HedgeDelay } });
        await fixture.Clock.TimerArmedAsync(due => due == HedgeDelay).InTime();
        fixture.Clock.Advance(HedgeDelay);
        await call.InTime();

        AssertCounts([], [], [1]);
        Assert.Equal([(0, Tags)], _recorded.Of(InstrumentNames.CallRetryDelay));
    }

    [Fact]
    public async Task Call_HedgedAndRefusedUnread_ReportsATransparentRetry()
    {
        await using var fixture = Fixture(FakeNetwork.RefuseStream, FakeNetwork.Grpc(StatusCode.OK));

        await CallAsync(fixture, Options(fixture) with { Hedging = new HedgingOptions { DelayInitial = HedgeDelay } });

        AssertCounts([], [1], []);
    }

    [Fact]
    public async Task Send_PlainHttpNeverRan_IsCountedBesideRetriesAndHedges()
    {
        await using var fixture = Fixture(FakeNetwork.Refuse, FakeNetwork.Status(200));
        using var client = fixture.Client(Options(fixture));

        await client.GetStringAsync("/");

        AssertCounts([], [], []);
        Assert.Empty(_recorded.Of(InstrumentNames.CallRetryDelay));
        Assert.Contains((1, Extra), _recorded.Observe(InstrumentNames.ExtraAttempts));
    }

    public void Dispose() => _recorded.Dispose();

    private HandlerFixture Fixture(params FakeAnswer[] answers) => new(
        new MusterClientOptions { Seed = 1, MeterFactory = _recorded, Policies = HandlerFixture.FirstPolicies }, _network,
        [.. answers.Select((answer, i) => _network.Add($"{(char)('a' + i)}", answer))]);

    private static BalancingOptions Options(HandlerFixture fixture) => fixture.Options with { Policy = FirstPolicy.PolicyName };

    private void AssertCounts(double[] retries, double[] transparent, double[] hedges)
    {
        Assert.Equal(retries.Select(r => (r, Tags)), _recorded.Of(InstrumentNames.CallRetries));
        Assert.Equal(transparent.Select(r => (r, Tags)), _recorded.Of(InstrumentNames.CallTransparentRetries));
        Assert.Equal(hedges.Select(r => (r, Tags)), _recorded.Of(InstrumentNames.CallHedges));
    }

    private static async Task CallAsync(HandlerFixture fixture, BalancingOptions options, CancellationToken cancellationToken = default)
    {
        var client = new GrpcClient(
            fixture.Invoker(options), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        await client.UnaryAsync(
            RegistryMethods.ListServices, new ListServicesRequest(), new GrpcCallOptions { CancellationToken = cancellationToken });
    }
}
