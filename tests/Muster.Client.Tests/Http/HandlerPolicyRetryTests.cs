using System.Globalization;
using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>Retries by policy: answers that ask for one, waits, push-back, deadlines.</summary>
public sealed class HandlerPolicyRetryTests
{
    // Where the clock of the fixture begins.
    private static readonly DateTimeOffset Wall = new ManualTimeProvider().GetUtcNow();

    private readonly FakeNetwork _network = new();

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Send_ServerError_GoesToAnotherInstance(int status)
    {
        await using var fixture = Fixture(FakeNetwork.Status(status), FakeNetwork.Status(200, body: "b"));
        using var client = Client(fixture);
        Assert.Equal("b", await client.GetStringAsync("/"));
        Assert.Equal(["a", "b"], _network.Ids);
        Assert.True(_network.Attempts[0].Response!.IsDisposed);
        Assert.Equal([(false, true), (true, false)], fixture.Observer.Completed.Select(c => (c.Success, c.WillRetry)));
        AssertIdle(fixture);
    }

    [Theory]
    [InlineData("GET", 500)]
    [InlineData("GET", 501)]
    [InlineData("GET", 404)]
    [InlineData("POST", 503)]
    public async Task Send_AnswerThatIsNotRetried_IsDelivered(string method, int status)
    {
        await using var fixture = Fixture(FakeNetwork.Status(status, body: "as it is"), FakeNetwork.Status(200));
        using var client = Client(fixture);
        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));
        Assert.Equal((status, "as it is"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal(["a"], _network.Ids);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_AllAnswerErrors_DeliversTheLastAsItIs()
    {
        await using var fixture = Fixture(
            FakeNetwork.Status(503, body: "a"), FakeNetwork.Status(502, body: "b"), FakeNetwork.Status(504, body: "c"),
            FakeNetwork.Status(503, body: "d"));
        using var client = Client(fixture);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var last = _network.Attempts[^1];
        Assert.Equal(3, _network.AttemptsCount);
        Assert.Equal(3, _network.Ids.Distinct().Count());
        Assert.Equal([true, true, false], _network.Attempts.Select(x => x.Response!.IsDisposed));
        Assert.Equal(last.Id, await response.Content.ReadAsStringAsync());
        Assert.Equal([last.Id], response.Headers.GetValues("muster-instance"));
        Assert.Same(request, response.RequestMessage);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_OnlyOneInstance_DeliversItsErrorWithoutAWait()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503));
        using var client = Client(fixture, Waiting());
        using var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(0, fixture.Fleet.Budget.Retried);
    }

    [Fact]
    public async Task Send_Overloaded_IsRetriedOnlyIfItSaysWhen()
    {
        await using var fixture = Fixture(
            FakeNetwork.InTurn(FakeNetwork.Status(429), FakeNetwork.Status(429, retryAfter: "0")), FakeNetwork.Status(200, body: "b"));
        using var client = Client(fixture);
        using (var response = await client.GetAsync("/"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        }

        Assert.Equal("b", await client.GetStringAsync("/"));
        Assert.Equal(AttemptResult.Overload, fixture.Observer.Completed.First().Result);
    }

    [Fact]
    public async Task Send_BackOff_WaitsLongerEachTime()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Status(503), FakeNetwork.Status(200, body: "c"));
        using var client = Client(fixture, Waiting());
        var call = client.GetStringAsync("/");
        var first = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        Assert.InRange(first.TotalMilliseconds, 20, 30);
        Assert.Equal(1, _network.AttemptsCount);

        // It waits, and is not load to anybody meanwhile.
        AssertIdle(fixture);
        fixture.Clock.Advance(first);
        var second = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        Assert.InRange(second.TotalMilliseconds, 40, 60);
        fixture.Clock.Advance(second);
        Assert.Equal("c", await call.InTime());
    }

    [Theory]
    [InlineData("2", 2.0)]
    [InlineData("date", 3.0)]
    [InlineData("past", 0.0)]
    public async Task Send_RetryAfter_IsTheWait(string retryAfter, double seconds)
    {
        var text = retryAfter switch
        {
            "date" => Wall.AddSeconds(3).ToString("r", CultureInfo.InvariantCulture),
            "past" => Wall.AddSeconds(-100).ToString("r", CultureInfo.InvariantCulture),
            _ => retryAfter,
        };
        await using var fixture = Fixture(FakeNetwork.Status(503, text), FakeNetwork.Status(200, body: "b"));
        using var client = Client(fixture, Waiting());
        var call = client.GetStringAsync("/");
        if (seconds > 0)
        {
            var wait = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
            Assert.Equal(seconds, wait.TotalSeconds, 3);
            fixture.Clock.Advance(wait);
        }

        Assert.Equal("b", await call.InTime());
    }

    [Fact]
    public async Task Send_RetryAfterLongerThanIsAllowed_DeliversTheAnswer()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503, retryAfter: "6"), FakeNetwork.Status(200));
        using var client = Client(fixture, Waiting());
        using var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(["a"], _network.Ids);
    }

    [Fact]
    public async Task Send_RetryAfterUnreadable_IsLeftOut()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503, retryAfter: "soon"), FakeNetwork.Status(200, body: "b"));
        using var client = Client(fixture);
        Assert.Equal("b", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Send_CancelledDuringTheWait_EndsAtOnce()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Status(200));
        using var invoker = fixture.Invoker(Options(fixture, Waiting()));
        using var cancel = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
        var call = invoker.SendAsync(request, cancel.Token);
        await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.Equal(["a"], _network.Ids);
        Assert.True(_network.Attempts[0].Response!.IsDisposed);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_OthersLeaveDuringTheWait_DeliversTheAnswer()
    {
        var network = _network;
        var a = network.Add("a", FakeNetwork.Status(503, body: "a"));
        var b = network.Add("b", FakeNetwork.Status(200));
        await using var fixture = new HandlerFixture(network, a, b);
        using var client = Client(fixture, Waiting());
        var call = client.GetAsync("/");
        var wait = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        fixture.Watch.Show(a);
        fixture.Clock.Advance(wait);
        using var response = await call.InTime();
        Assert.Equal("a", await response.Content.ReadAsStringAsync());

        // What was not sent is not charged.
        Assert.Equal(0, fixture.Fleet.Budget.Retried);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_ContentThatCannotBeReadAgain_IsNotRetried()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Status(200));
        using var client = Client(fixture);
        using var response = await client.PutAsync("/", new StreamContent(new MemoryStream([1])));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(["a"], _network.Ids);
    }

    [Fact]
    public async Task Send_BrokenAndRetriesOff_SaysSo()
    {
        await using var fixture = Fixture(FakeNetwork.Break, FakeNetwork.Status(200));
        using var client = fixture.Client(Options(fixture, null));
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("/"));
        Assert.Equal(ServiceCallError.Broken, e.Error);
        Assert.Contains("It was not sent again: retries are switched off", e.Message, StringComparison.Ordinal);
    }

    // gRFC A6: at once the first time, whatever the method; the second refusal waits, and the third uses up what is allowed.
    [Fact]
    public async Task Send_AllRefuseUnread_IsTransparentOnceAndGoesByPolicyThen()
    {
        await using var fixture = Fixture(
            FakeNetwork.RefuseStream, FakeNetwork.RefuseStream, FakeNetwork.RefuseStream, FakeNetwork.RefuseStream, FakeNetwork.RefuseStream,
            FakeNetwork.RefuseStream);
        using var client = Client(fixture);
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.PostAsync("/", new StringContent("x")));
        Assert.Equal(4, _network.AttemptsCount);
        Assert.Equal(2, fixture.Fleet.Budget.Retried);
        Assert.Contains("it was tried as often as is allowed", e.Message, StringComparison.Ordinal);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_RefusedAndAllOthersSetAside_DoesNotWalkThroughThem()
    {
        await using var fixture = Fixture(FakeNetwork.Refuse, FakeNetwork.Refuse, FakeNetwork.Refuse);
        using var client = Client(fixture);
        await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("/"));
        Assert.Equal(3, _network.AttemptsCount);

        var e = await Assert.ThrowsAsync<ServiceCallException>(() => client.GetStringAsync("/"));
        Assert.Equal(4, _network.AttemptsCount);
        Assert.Contains("the others are set aside, having failed a moment ago", e.Message, StringComparison.Ordinal);
        Assert.Contains("1 of its 3 instances tried", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AttemptTakesTooLong_IsTheInstancesFailureAndIsRetried()
    {
        await using var fixture = Fixture(FakeNetwork.Hang, FakeNetwork.Status(200, body: "b"));
        var timeout = TimeSpan.FromMilliseconds(200);
        using var client = fixture.Client(Options(fixture, NoWait) with { AttemptTimeout = timeout });
        var call = client.GetStringAsync("/");
        await fixture.Clock.TimerArmedAsync(due => due == timeout).InTime();
        fixture.Clock.Advance(timeout);
        Assert.Equal("b", await call.InTime());
        Assert.Equal(AttemptResult.Failure, fixture.Observer.Completed.First().Result);
        AssertIdle(fixture);
    }

    [Fact]
    public async Task Send_AttemptTakesTooLongAndMayNotRunTwice_SaysSo()
    {
        await using var fixture = Fixture(FakeNetwork.Hang, FakeNetwork.Status(200));
        var timeout = TimeSpan.FromMilliseconds(200);
        using var client = fixture.Client(Options(fixture, NoWait) with { AttemptTimeout = timeout });
        var call = client.PostAsync("/", new StringContent("x"));
        await fixture.Clock.TimerArmedAsync(due => due == timeout).InTime();
        fixture.Clock.Advance(timeout);
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => call.InTime());
        Assert.Equal(ServiceCallError.Broken, e.Error);
        Assert.Contains("no answer within 200 ms. It was not sent again: it may have run", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, _network.AttemptsCount);
    }

    [Fact]
    public async Task Grpc_Unavailable_TellsTheNextServerTheTimeThatIsLeft()
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Grpc(StatusCode.OK));
        var call = CallAsync(fixture, Waiting(), timeout: TimeSpan.FromSeconds(1));
        var wait = await fixture.Clock.TimerArmedAsync(due => due < TimeSpan.FromMilliseconds(100)).InTime();
        fixture.Clock.Advance(wait);
        await call.InTime();
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1) - wait], _network.Attempts.Select(a => Floor(a.Timeout)));

        // grpc-timeout has eight digits: microseconds from 100 ms up, rounded up.
        TimeSpan? Floor(TimeSpan? time) => time == TimeSpan.FromSeconds(1)
            ? time
            : time is { } t && t - (TimeSpan.FromSeconds(1) - wait) < TimeSpan.FromMicroseconds(1) ? TimeSpan.FromSeconds(1) - wait : time;
    }

    [Fact]
    public async Task Grpc_FirstViewComesLate_TellsTheServerTheTimeThatIsLeft()
    {
        var a = _network.Add("a", FakeNetwork.Grpc(StatusCode.OK));
        await using var fixture = new HandlerFixture(_network);
        var call = CallAsync(fixture, NoWait, timeout: TimeSpan.FromSeconds(3));
        await fixture.Clock.TimerArmedAsync(due => due == TimeSpan.FromSeconds(5)).InTime();
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        fixture.Watch.Show(a);
        await call.InTime();
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.Single(_network.Attempts).Timeout);
    }

    [Fact]
    public async Task Grpc_WaitWouldOutlastTheDeadline_DeliversTheAnswer()
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Grpc(StatusCode.OK));
        var e = await Assert.ThrowsAsync<RpcException>(() => CallAsync(fixture, Waiting(), timeout: TimeSpan.FromMilliseconds(19)).InTime());
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.Equal(["a"], _network.Ids);
    }

    [Fact]
    public async Task Grpc_Pushback_IsTheWait()
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.Unavailable, "1500"), FakeNetwork.Grpc(StatusCode.OK));
        var call = CallAsync(fixture, Waiting());
        var wait = await fixture.Clock.TimerArmedAsync(_ => true).InTime();
        Assert.Equal(TimeSpan.FromMilliseconds(1500), wait);
        fixture.Clock.Advance(wait);
        await call.InTime();
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("99999999999")]
    [InlineData("5001")]
    public async Task Grpc_PushbackThatForbids_DeliversTheAnswer(string pushback)
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(StatusCode.Unavailable, pushback), FakeNetwork.Grpc(StatusCode.OK));
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(fixture, Waiting()).InTime());
        Assert.Equal(["a"], _network.Ids);
    }

    [Theory]
    [InlineData(StatusCode.Internal, false)]
    [InlineData(StatusCode.ResourceExhausted, true)]
    public async Task Grpc_StatusOfTheOptions_IsRetried(StatusCode status, bool retries)
    {
        await using var fixture = Fixture(FakeNetwork.Grpc(status), FakeNetwork.Grpc(StatusCode.OK));
        var options = NoWait with { GrpcStatuses = [StatusCode.ResourceExhausted] };
        if (retries)
        {
            await CallAsync(fixture, options);
        }
        else
        {
            await Assert.ThrowsAsync<RpcException>(() => CallAsync(fixture, options));
        }

        Assert.Equal(retries ? 2 : 1, _network.AttemptsCount);
    }

    [Fact]
    public async Task Grpc_ProxyAnswers503_IsRetried()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Grpc(StatusCode.OK));
        await CallAsync(fixture, NoWait);
        Assert.Equal(["a", "b"], _network.Ids);
    }

    private static RetryOptions NoWait => new() { BackoffMin = TimeSpan.Zero };

    private static RetryOptions Waiting() => new();

    private HandlerFixture Fixture(params FakeAnswer[] answers) =>
        new(_network, [.. answers.Select((answer, i) => _network.Add($"{(char)('a' + i)}", answer))]);

    // The first instance first, in the order of their ids: the others look busier.
    private static BalancingOptions Options(HandlerFixture fixture, RetryOptions? retry) =>
        fixture.Options with { Policy = FirstPolicy.PolicyName, Retry = retry };

    private static HttpClient Client(HandlerFixture fixture, RetryOptions? retry = null) => fixture.Client(Options(fixture, retry ?? NoWait));

    private static async Task CallAsync(HandlerFixture fixture, RetryOptions retry, TimeSpan? timeout = null)
    {
        var client = new GrpcClient(
            fixture.Invoker(Options(fixture, retry)), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        await client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest(), new GrpcCallOptions { Timeout = timeout });
    }

    private static void AssertIdle(HandlerFixture fixture) =>
        Assert.All(fixture.Fleet.Roster.Members, m => Assert.Equal(0, m.Statistics.InFlight));
}
