using System.Diagnostics.Metrics;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Telemetry;

/// <summary>What is measured of gRPC calls: each attempt, and each call exactly once, however it ends.</summary>
public sealed class GrpcCallMetricsTests
{
    private const string Method = "muster.v1.Registry/ListServices";
    private static readonly TimeSpan HedgeDelay = TimeSpan.FromMilliseconds(100);
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Instruments_HaveTheKindsAndUnitsOfGrpc()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded);

        Assert.Equal("{attempt}", Assert.IsType<Counter<long>>(recorded.Instrument(InstrumentNames.AttemptStarted)).Unit);
        Assert.Equal("s", Assert.IsType<Histogram<double>>(recorded.Instrument(InstrumentNames.AttemptDuration)).Unit);
        Assert.Equal("s", Assert.IsType<Histogram<double>>(recorded.Instrument(InstrumentNames.CallDuration)).Unit);
        Assert.Equal(
            ["grpc.client.attempt.started", "grpc.client.attempt.duration", "rpc.client.call.duration"],
            [InstrumentNames.AttemptStarted, InstrumentNames.AttemptDuration, InstrumentNames.CallDuration]);
    }

    [Fact]
    public async Task Call_GoesWell_IsMeasuredWithMethodTargetAndStatus()
    {
        using var recorded = new Recorded();
        HandlerFixture fixture = null!;
        await using var owned = fixture = Fixture(recorded, Taking(() => fixture, 2, FakeNetwork.Grpc(StatusCode.OK)));

        await CallAsync(fixture, Options(fixture));

        Assert.Equal([(1, $"grpc.method={Method} grpc.target=calculator")], recorded.Of(InstrumentNames.AttemptStarted));
        Assert.Equal([(2, $"grpc.method={Method} grpc.target=calculator grpc.status=OK")], recorded.Of(InstrumentNames.AttemptDuration));
        Assert.Equal(
            [(2, $"rpc.system.name=grpc rpc.method={Method} rpc.response.status_code=OK server.address=calculator")],
            recorded.Of(InstrumentNames.CallDuration));
        Assert.Equal([(2, $"grpc.method={Method} grpc.target=calculator grpc.status=OK")], recorded.Of("grpc.client.call.duration"));
    }

    // gRPC's table for answers that are none of gRPC, and OpenTelemetry's word for every end but OK.
    [Theory]
    [InlineData(404, "UNIMPLEMENTED")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(200, "UNKNOWN")]
    public async Task Call_AnswerIsNoneOfGrpc_HasTheStatusThatGrpcMakesOfIt(int http, string status)
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded, FakeNetwork.Status(http));

        await Assert.ThrowsAsync<RpcException>(() => CallAsync(fixture, Options(fixture) with { Retry = null }));

        Assert.Equal([(0, status)], Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal(
            [(0, $"rpc.system.name=grpc rpc.method={Method} rpc.response.status_code={status} server.address=calculator error.type={status}")],
            recorded.Of(InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_DeadlinePasses_IsNotTakenForCancelled()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded, FakeNetwork.Hang);

        var call = CallAsync(fixture, Options(fixture), timeout: TimeSpan.FromSeconds(3));
        await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromSeconds(3)).InTime();
        fixture.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.InTime())).Code);

        await recorded.FirstAsync(InstrumentNames.CallDuration);
        Assert.Equal([(3, "DEADLINE_EXCEEDED")], Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal([(3, "DEADLINE_EXCEEDED")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_DeadlinePassesBeforeAnybodyIsKnown_IsNotTakenForCancelled()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded);

        var call = CallAsync(fixture, Options(fixture), timeout: TimeSpan.FromSeconds(3));
        await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromSeconds(5)).InTime();
        fixture.Clock.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<RpcException>(() => call.InTime());

        await recorded.FirstAsync(InstrumentNames.CallDuration);
        Assert.Equal([(3, "DEADLINE_EXCEEDED")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_Retried_IsOneCallOfTwoAttemptsAndTheWaitBetween()
    {
        using var recorded = new Recorded();
        HandlerFixture fixture = null!;
        await using var owned = fixture = Fixture(
            recorded, Taking(() => fixture, 2, FakeNetwork.Grpc(StatusCode.Unavailable, "1500")),
            Taking(() => fixture, 3, FakeNetwork.Grpc(StatusCode.OK)));

        var call = CallAsync(fixture, Waiting(fixture));
        fixture.Clock.Advance(await fixture.Clock.TimerArmedAsync(_ => true).InTime());
        await call.InTime();

        Assert.Equal(2, recorded.Of(InstrumentNames.AttemptStarted).Count);
        Assert.Equal([(2, "UNAVAILABLE"), (3, "OK")], Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal([(6.5, "OK")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_Hedged_IsOneCallOfTwoAttempts()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded, FakeNetwork.Hang, FakeNetwork.Grpc(StatusCode.OK));
        fixture.EarnHedges();

        var call = CallAsync(fixture, Options(fixture) with { Hedging = new HedgingOptions { DelayInitial = HedgeDelay } });
        await fixture.Clock.TimerArmedAsync(due => due == HedgeDelay).InTime();
        fixture.Clock.Advance(HedgeDelay);
        await call.InTime();
        await fixture.Observer.NextCompletionAsync();
        await fixture.Observer.NextCompletionAsync();

        // The observer hears of an end right before it is measured; the loser's is on another thread.
        Assert.Equal(2, recorded.Of(InstrumentNames.AttemptStarted).Count);
        Assert.Contains((0, "OK"), Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal([(0.1, "OK")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_CancelledDuringTheBackoff_IsMeasuredAsCancelled()
    {
        using var recorded = new Recorded();
        HandlerFixture fixture = null!;
        await using var owned = fixture = Fixture(
            recorded, Taking(() => fixture, 2, FakeNetwork.Grpc(StatusCode.Unavailable)), FakeNetwork.Grpc(StatusCode.OK));
        using var cancel = new CancellationTokenSource();

        var call = CallAsync(fixture, Waiting(fixture), cancellationToken: cancel.Token);
        await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.InTime())).Code);

        await recorded.FirstAsync(InstrumentNames.CallDuration);
        Assert.Equal([(2, "UNAVAILABLE")], Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal([(2, "CANCELLED")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_OthersLeaveDuringTheBackoff_IsMeasuredWithTheAnswerThatItGets()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded, FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Grpc(StatusCode.OK));

        var call = CallAsync(fixture, Waiting(fixture));
        var wait = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        fixture.Watch.Show(fixture.Watch.Current.Instances[0]);
        fixture.Clock.Advance(wait);
        await Assert.ThrowsAsync<RpcException>(() => call.InTime());

        Assert.Equal([(0, "UNAVAILABLE")], Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal([(wait.TotalSeconds, "UNAVAILABLE")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_NobodyToCall_IsMeasuredThoughItHasNoAttempt()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded);

        var call = CallAsync(fixture, Options(fixture));
        await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromSeconds(5)).InTime();
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        fixture.Watch.ShowUnknown();
        await Assert.ThrowsAnyAsync<Exception>(() => call.InTime());

        Assert.Empty(recorded.Of(InstrumentNames.AttemptStarted));
        Assert.Equal([(1, "UNAVAILABLE")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Call_FirstViewComesLate_CountsTheWaitToTheCallAndNotToTheAttempt()
    {
        using var recorded = new Recorded();
        var a = _network.Add("a", FakeNetwork.Grpc(StatusCode.OK));
        await using var fixture = Fixture(recorded);

        var call = CallAsync(fixture, Options(fixture));
        await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromSeconds(5)).InTime();
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        fixture.Watch.Show(a);
        await call.InTime();

        Assert.Equal([(0, "OK")], Statuses(recorded, InstrumentNames.AttemptDuration));
        Assert.Equal([(1, "OK")], Statuses(recorded, InstrumentNames.CallDuration));
    }

    [Fact]
    public async Task Send_PlainHttp_IsNoneOfThem()
    {
        using var recorded = new Recorded();
        await using var fixture = Fixture(recorded, FakeNetwork.Status(200));
        using var client = fixture.Client(Options(fixture));

        await client.GetStringAsync("/");

        Assert.Empty(recorded.Of(InstrumentNames.AttemptStarted));
        Assert.Empty(recorded.Of(InstrumentNames.AttemptDuration));
        Assert.Empty(recorded.Of(InstrumentNames.CallDuration));
        Assert.Single(recorded.Of(InstrumentNames.Picks));
    }

    private HandlerFixture Fixture(Recorded recorded, params FakeAnswer[] answers) => new(
        new MusterClientOptions { Seed = 1, MeterFactory = recorded, Policies = HandlerFixture.FirstPolicies }, _network,
        [.. answers.Select((answer, i) => _network.Add($"{(char)('a' + i)}", answer))]);

    private static BalancingOptions Options(HandlerFixture fixture) => fixture.Options with { Policy = FirstPolicy.PolicyName };

    private static BalancingOptions Waiting(HandlerFixture fixture) => Options(fixture) with { Retry = new RetryOptions() };

    // Answers when so many seconds have passed.
    private static FakeAnswer Taking(Func<HandlerFixture> fixture, int seconds, FakeAnswer answer) => (request, token) =>
    {
        fixture().Clock.Advance(TimeSpan.FromSeconds(seconds));
        return answer(request, token);
    };

    private static async Task CallAsync(
        HandlerFixture fixture, BalancingOptions options, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var client = new GrpcClient(
            fixture.Invoker(options), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        await client.UnaryAsync(
            RegistryMethods.ListServices, new ListServicesRequest(),
            new GrpcCallOptions { CancellationToken = cancellationToken, Timeout = timeout });
    }

    private static IEnumerable<(double, string)> Statuses(Recorded recorded, string name) => recorded.Of(name).Select(r => (
        Math.Round(r.Value, 6),
        r.Tags.Split(' ').Single(t => t.StartsWith("grpc.status=", StringComparison.Ordinal) || t.StartsWith("rpc.response.", StringComparison.Ordinal))
            .Split('=')[1]));
}
