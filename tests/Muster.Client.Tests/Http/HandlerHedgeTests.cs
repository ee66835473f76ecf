using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Http;

/// <summary>Each attempt of a hedged call has a request of its own; one answer wins and the others leave no trace.</summary>
[Trait("pitfall", "shared-request")]
public sealed class HandlerHedgeTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);
    private readonly FakeNetwork _network = new();
    private readonly Dictionary<string, Held> _held = [];

    [Fact]
    public async Task Send_FirstIsSlow_TakesTheSecondsAnswerAndCancelsTheFirst()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        await _held["a"].Asked.InTime();
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        Assert.Equal((1, 1), (fixture.Statistics("a").InFlight, fixture.Statistics("b").InFlight));
        _held["b"].Answer(FakeNetwork.Status(200, body: "b"));
        Assert.Equal("b", await call.InTime());
        await _held["a"].Cancelled.InTime();
        AssertCompletions([await fixture.Observer.NextCompletionAsync(), await fixture.Observer.NextCompletionAsync()],
            ("a", AttemptResult.Cancelled), ("b", AttemptResult.Success));
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_FirstAnswersAfterTheHedge_TakesTheFirstAndCancelsTheHedge()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["a"].Answer(FakeNetwork.Status(200, body: "a"));
        Assert.Equal("a", await call.InTime());
        await _held["b"].Cancelled.InTime();
        AssertCompletions([await fixture.Observer.NextCompletionAsync(), await fixture.Observer.NextCompletionAsync()],
            ("a", AttemptResult.Success), ("b", AttemptResult.Cancelled));
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_FirstAnswersInTime_SendsNoHedge()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        _held["a"].Answer(FakeNetwork.Status(200, body: "a"));
        Assert.Equal("a", await call.InTime());
        Assert.Equal(["a"], _network.Ids);
        Assert.Equal(0, fixture.Clock.ArmedTimersCount);
    }

    // Stopping what is left of a call's timers is no work for another thread, which the answer would have to wait for.
    [Fact]
    public async Task Send_FirstAnswers_EndsOnTheThreadThatBringsTheAnswer()
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        await using var fixture = new HandlerFixture(_network, _network.Add("a", (_, _) => answer.Task));
        using var invoker = fixture.Invoker(Options(fixture));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");

        // Away from the test's own context, in which what is awaited goes on by itself.
        var isEnded = await Task.Run(() =>
        {
            var call = invoker.SendAsync(request, CancellationToken.None);
            answer.SetResult(new HttpResponseMessage(HttpStatusCode.NoContent));
            return call.IsCompleted;
        });

        Assert.True(isEnded);
    }

    // Both answers are there before the call looks: one is delivered, the other one disposed.
    [Fact]
    public async Task Send_BothAnswer_DisposesTheLosers()
    {
        const int Rounds = 200;
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        for (var i = 0; i < Rounds; i++)
        {
            Earn(fixture, 20);
            var before = _network.Attempts.Count;
            Rearm();
            var call = client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
            await HedgeAsync(fixture);
            await _held["b"].Asked.InTime();
            var both = new[] { _held["a"], _held["b"] };
            Parallel.ForEach(both, held => held.Answer(FakeNetwork.Status(200, body: "x")));
            var response = await call.InTime();
            await Task.WhenAll(both.Select(h => h.Done)).InTime();
            await fixture.Observer.NextCompletionAsync();
            Assert.Equal(1, fixture.Statistics("a").InFlight + fixture.Statistics("b").InFlight);
            response.Dispose();
            await fixture.Observer.NextCompletionAsync();
            AssertIdle(fixture);
            Assert.All(_network.Attempts.Skip(before), a => Assert.True(a.Response is null or { IsDisposed: true }));
        }
    }

    [Fact]
    public async Task Send_WinnersBody_CountsUntilItIsRead()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Status(200, body: "b"));
        using var response = await call.InTime();
        Assert.Equal("a", (await fixture.Observer.NextCompletionAsync()).InstanceId);
        Assert.Equal((0, 1), (fixture.Statistics("a").InFlight, fixture.Statistics("b").InFlight));
        Assert.Equal(["b"], response.Headers.GetValues("muster-instance"));
        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal(AttemptResult.Success, (await fixture.Observer.NextCompletionAsync()).Result);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_Hedged_EachAttemptHasARequestOfItsOwn()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        using var request = new HttpRequestMessage(HttpMethod.Put, "http://calculator/x?y=1")
        {
            Content = new StringContent("the body"),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
        };
        request.Headers.Add("X-Two", ["1", "2"]);
        request.Options.Set(new HttpRequestOptionsKey<string>("key"), "value");
        var call = client.SendAsync(request);
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Status(200));
        using var response = await call.InTime();
        var sent = _network.Attempts.Select(a => a.Request).ToList();
        Assert.Equal(2, sent.Count);
        Assert.NotSame(sent[0], sent[1]);
        Assert.All(sent, copy =>
        {
            Assert.NotSame(request, copy);
            Assert.Equal((request.Method, request.RequestUri, request.Version, request.VersionPolicy),
                (copy.Method, copy.RequestUri, copy.Version, copy.VersionPolicy));
            Assert.Equal(["1", "2"], copy.Headers.GetValues("X-Two"));
            Assert.Same(request.Content, copy.Content);
            Assert.True(copy.Options.TryGetValue(new HttpRequestOptionsKey<string>("key"), out var value) && value == "value");
        });
        Assert.Same(request, response.RequestMessage);
    }

    [Fact]
    public async Task Send_FirstFails_SendsTheNextAtOnce()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        await _held["a"].Asked.InTime();
        _held["a"].Answer(FakeNetwork.Status(503));
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Status(200, body: "b"));
        Assert.Equal("b", await call.InTime());
        Assert.Equal(TimeSpan.Zero, fixture.Clock.Elapsed);
        Assert.Equal(1, fixture.Fleet.Budget.Hedged);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_FirstCannotBeConnectedTo_GoesToTheNextForNothing()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        await _held["a"].Asked.InTime();
        _held["a"].Answer(FakeNetwork.Refuse);
        await _held["b"].Asked.InTime();
        await HedgeAsync(fixture);
        await _held["c"].Asked.InTime();
        _held["c"].Answer(FakeNetwork.Status(200, body: "c"));
        Assert.Equal("c", await call.InTime());
        Assert.Equal(1, fixture.Fleet.Budget.Hedged);
    }

    [Fact]
    public async Task Send_HedgeFails_GoesOnWaitingForTheFirst()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Break);
        Assert.Equal("b", (await fixture.Observer.NextCompletionAsync()).InstanceId);
        Assert.False(call.IsCompleted);
        _held["a"].Answer(FakeNetwork.Status(200, body: "a"));
        Assert.Equal("a", await call.InTime());
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_AllHedgesFail_GoesOnByRetries()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.GetAsync("/");
        await _held["a"].Asked.InTime();
        _held["a"].Answer(FakeNetwork.Status(503));
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Status(502));
        await _held["c"].Asked.InTime();
        _held["c"].Answer(FakeNetwork.Status(504, body: "the last"));
        using var response = await call.InTime();
        Assert.Equal("the last", await response.Content.ReadAsStringAsync());
        Assert.Equal((1, 1), (fixture.Fleet.Budget.Hedged, fixture.Fleet.Budget.Retried));
        AssertIdle(fixture);
    }

    [Theory]
    [InlineData("-1", false)]
    [InlineData("300", true)]
    public async Task Grpc_Pushback_HoldsFurtherHedgesBack(string pushback, bool hedges)
    {
        await using var fixture = Fixture();
        var options = Options(fixture) with { Hedging = Hedging with { ExtraMax = 2 }, Retry = null };
        var client = new GrpcClient(fixture.Invoker(options), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        var call = client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Grpc(StatusCode.Unavailable, pushback));
        Assert.Equal("b", (await fixture.Observer.NextCompletionAsync()).InstanceId);
        if (hedges)
        {
            await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromMilliseconds(300)).InTime();
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(299));
            Assert.False(_held["c"].Asked.IsCompleted);
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
            await _held["c"].Asked.InTime();
        }
        else
        {
            fixture.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        _held["a"].Answer(FakeNetwork.Grpc(StatusCode.OK));
        await call.InTime();
        Assert.Equal(hedges, _held["c"].Asked.IsCompleted);
    }

    [Fact]
    public async Task Grpc_Hedged_TellsEachServerTheTimeThatIsLeft()
    {
        await using var fixture = Fixture();
        var client = new GrpcClient(
            fixture.Invoker(Options(fixture)), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        var call = client.UnaryAsync(
            RegistryMethods.ListServices, new ListServicesRequest(), new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Grpc(StatusCode.OK));
        await call.InTime();
        Assert.Equal(
            [TimeSpan.FromMilliseconds(1000), TimeSpan.FromMilliseconds(900)], _network.Attempts.Select(a => a.Timeout!.Value));
    }

    [Fact]
    public async Task Send_MoreHedges_SendsOneAfterTheOther()
    {
        await using var fixture = Fixture(calls: 200);
        using var client = fixture.Client(Options(fixture) with { Hedging = Hedging with { ExtraMax = 3 } });
        var call = client.GetStringAsync("/");
        foreach (var id in new[] { "b", "c", "d" })
        {
            await HedgeAsync(fixture);
            await _held[id].Asked.InTime();
        }

        // Three are all that are allowed.
        await HedgeAsync(fixture);
        _held["c"].Answer(FakeNetwork.Status(200, body: "c"));
        Assert.Equal("c", await call.InTime());
        for (var i = 0; i < 4; i++)
        {
            await fixture.Observer.NextCompletionAsync();
        }

        AssertIdle(fixture);
        Assert.Equal(["a", "b", "c", "d"], _network.Ids);
    }

    [Fact]
    public async Task Send_OwnBudgetSpent_SendsNoHedge()
    {
        // Twenty calls and this one earn one hedge, and a little fades.
        await using var fixture = Fixture(calls: 20);
        using var client = fixture.Client(Options(fixture));
        var first = client.GetStringAsync("/");
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        _held["b"].Answer(FakeNetwork.Status(200));
        await first.InTime();

        Rearm();
        var second = client.GetStringAsync("/");
        await HedgeAsync(fixture);
        Assert.False(_held["b"].Asked.IsCompleted);
        Assert.Equal(1, fixture.Fleet.Budget.Denied);
        _held["a"].Answer(FakeNetwork.Status(200, body: "a"));
        Assert.Equal("a", await second.InTime());
    }

    [Fact]
    public async Task Send_OnlyOneInstance_SendsNoHedgeAndPaysForNone()
    {
        await using var fixture = Fixture(instances: 1);
        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        await HedgeAsync(fixture);
        _held["a"].Answer(FakeNetwork.Status(200, body: "a"));
        Assert.Equal("a", await call.InTime());
        Assert.Equal(0, fixture.Fleet.Budget.Hedged);
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("GET", "text/event-stream")]
    public async Task Send_WhatMayNotRunTwiceOrStreams_IsNotHedged(string method, string? accept)
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        var call = client.SendAsync(request);
        await _held["a"].Asked.InTime();
        Assert.Equal(0, fixture.Clock.ArmedTimersCount);
        _held["a"].Answer(FakeNetwork.Status(200));
        using var response = await call.InTime();
    }

    [Fact]
    public async Task Send_ContentThatCannotBeReadAgain_IsNotHedged()
    {
        await using var fixture = Fixture();
        using var client = fixture.Client(Options(fixture));
        var call = client.PutAsync("/", new StreamContent(new MemoryStream([1])));
        await _held["a"].Asked.InTime();
        Assert.Equal(0, fixture.Clock.ArmedTimersCount);
        _held["a"].Answer(FakeNetwork.Status(200));
        using var response = await call.InTime();
    }

    [Fact]
    public async Task Send_CallerCancels_CancelsAllAttemptsWithoutBlame()
    {
        await using var fixture = Fixture();
        using var invoker = fixture.Invoker(Options(fixture));
        using var cancel = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
        var call = invoker.SendAsync(request, cancel.Token);
        await HedgeAsync(fixture);
        await _held["b"].Asked.InTime();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        AttemptOutcome[] ended = [await fixture.Observer.NextCompletionAsync(), await fixture.Observer.NextCompletionAsync()];
        Assert.All(ended, o => Assert.Equal(AttemptResult.Cancelled, o.Result));
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_ManyCallsSeen_HedgesAtTheLivePercentile()
    {
        await using var fixture = Fixture();
        for (var i = 1; i <= 100; i++)
        {
            fixture.Fleet.Latency.Record(TimeSpan.FromMilliseconds(i), fixture.Clock.Now());
        }

        using var client = fixture.Client(Options(fixture));
        var call = client.GetStringAsync("/");
        var delay = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        Assert.InRange(delay.TotalMilliseconds, 95, 101);
        _held["a"].Answer(FakeNetwork.Status(200));
        await call.InTime();
    }

    // Left out, the calls that were overtaken would be missing at the slow end, and the percentile would sink from call to call.
    [Fact]
    public async Task Send_FirstIsOvertaken_CountsAtLeastTheTimeItHadTaken()
    {
        await using var fixture = Fixture(calls: 2000);
        using var client = fixture.Client(Options(fixture));
        for (var i = 0; i < LatencyDigest.RecordsMin; i++)
        {
            Rearm();
            var call = client.GetStringAsync("/");
            await HedgeAsync(fixture);
            await _held["b"].Asked.InTime();
            _held["b"].Answer(FakeNetwork.Status(200));
            await call.InTime();
        }

        Assert.True(fixture.Fleet.Latency.Quantile(0.5, fixture.Clock.Now()) >= Delay);
    }

    private static HedgingOptions Hedging => new() { DelayInitial = Delay };

    private static BalancingOptions Options(HandlerFixture fixture) =>
        fixture.Options with { Policy = FirstPolicy.PolicyName, Hedging = Hedging };

    private HandlerFixture Fixture(int instances = 4, int calls = 40)
    {
        var ids = Enumerable.Range(0, instances).Select(i => $"{(char)('a' + i)}").ToList();
        var fixture = new HandlerFixture(
            _network, [.. ids.Select(id => _network.Add(id, (request, token) => _held[id].AnswerAsync(request, token)))]);
        ids.ForEach(id => _held[id] = new Held());
        Earn(fixture, calls);
        return fixture;
    }

    /// <summary>Counts calls that went well before, so that there is budget.</summary>
    private static void Earn(HandlerFixture fixture, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            fixture.Fleet.Budget.OnCall();
        }
    }

    private void Rearm()
    {
        foreach (var id in _held.Keys.ToList())
        {
            _held[id] = new Held();
        }
    }

    private static async Task HedgeAsync(HandlerFixture fixture)
    {
        // Once thirty calls have been seen it is their percentile, which is a sixteenth too long at most.
        fixture.Clock.Advance(await fixture.Clock.TimerArmedAsync(due => due >= Delay && due < Delay * 1.1).InTime());
    }

    private static void AssertCompletions(AttemptOutcome[] outcomes, params (string Id, AttemptResult Result)[] expected) =>
        Assert.Equal(expected, outcomes.Select(o => (o.InstanceId, o.Result)).Order());

    private static void AssertIdle(HandlerFixture fixture) =>
        Assert.All(fixture.Fleet.Roster.Members, m => Assert.Equal(0, m.Statistics.InFlight));

    /// <summary>An answer that the test gives when it wants.</summary>
    private sealed class Held
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<FakeAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public Task Cancelled => _cancelled.Task;

        public Task Done => _done.Task;

        public void Answer(FakeAnswer answer) => _answer.TrySetResult(answer);

        public async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            try
            {
                var answer = await _answer.Task.WaitAsync(cancellationToken);
                return await answer(request, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                _cancelled.TrySetResult();
                throw;
            }
            finally
            {
                _done.TrySetResult();
            }
        }
    }
}
