using System.Diagnostics;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Telemetry;

/// <summary>One span for each attempt, all of them children of the caller's.</summary>
public sealed class AttemptSpanTests
{
    private static readonly TimeSpan HedgeDelay = TimeSpan.FromMilliseconds(100);
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Send_GoesWell_IsOneSpanThatSaysWhoAndHow()
    {
        using var spans = new Spans();
        await using var fixture = Fixture(FakeNetwork.Status(200));
        using var client = fixture.Client(Options(fixture));

        await client.GetStringAsync("/");

        var span = Assert.Single(await spans.NextAsync(1));
        Assert.Equal((MusterTelemetry.ActivitySourceName, "Attempt.GET", ActivityKind.Internal), (span.Source.Name, span.DisplayName, span.Kind));
        Assert.Equal(
            "http.request.method=GET server.address=calculator network.peer.address=127.0.0.1 network.peer.port=1 "
            + "muster.service=calculator muster.namespace=default muster.instance=a muster.address=127.0.0.1:1 muster.policy=first "
            + "muster.kind=first muster.attempt=1 http.response.status_code=200 muster.result=Success", Tags(span));
        Assert.Equal((ActivityStatusCode.Unset, spans.Caller.SpanId), (span.Status, span.ParentSpanId));
        Assert.Same(spans.Caller, Activity.Current);
        Assert.Equal(0, spans.Rest);
    }

    [Fact]
    public async Task Send_NotAnsweredYet_HasItsSpanBelowAndTheCallersAbove()
    {
        using var spans = new Spans();
        var answered = new TaskCompletionSource();
        string? below = null;
        await using var fixture = Fixture(async (request, token) =>
        {
            below = Activity.Current?.DisplayName;
            await answered.Task;
            return await FakeNetwork.Status(200)(request, token);
        });
        using var invoker = fixture.Invoker(Options(fixture));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");

        var call = invoker.SendAsync(request, default);

        Assert.Equal("Attempt.GET", below);
        Assert.Same(spans.Caller, Activity.Current);
        answered.SetResult();
        (await call).Dispose();
    }

    [Fact]
    public async Task Send_Retried_IsASpanForEachAttemptBesideTheOthers()
    {
        using var spans = new Spans();
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Refuse, FakeNetwork.Status(200));
        using var client = fixture.Client(Options(fixture));

        await client.GetStringAsync("/");

        var all = await spans.NextAsync(3);
        Assert.Equal(
            ["first 1 a Failure Error", "retry 2 b Failure Error", "transparent_retry 3 c Success Unset"], all.Select(Summary));
        Assert.Equal(
            [(null, "503"), (1, "connection_error"), (2, null)],
            all.Select(s => (Tag(s, InstrumentNames.ResendTag), Tag(s, InstrumentNames.ErrorTag))));
        Assert.All(all, s => Assert.Equal(spans.Caller.SpanId, s.ParentSpanId));
        Assert.Equal(0, spans.Rest);
    }

    [Fact]
    public async Task Send_Hedged_IsASpanForEachAttemptBesideTheOther()
    {
        using var spans = new Spans();
        await using var fixture = Fixture(FakeNetwork.Hang, FakeNetwork.Status(200));
        fixture.EarnHedges();
        using var client = fixture.Client(Options(fixture) with { Hedging = new HedgingOptions { DelayInitial = HedgeDelay } });

        var call = client.GetStringAsync("/");
        await fixture.Clock.TimerArmedAsync(due => due == HedgeDelay).InTime();
        fixture.Clock.Advance(HedgeDelay);
        await call.InTime();

        var all = await spans.NextAsync(2);
        Assert.Equal(["first 1 a Cancelled Unset", "hedge 2 b Success Unset"], all.Select(Summary));
        Assert.All(all, s => Assert.Equal(spans.Caller.SpanId, s.ParentSpanId));
        Assert.Same(spans.Caller, Activity.Current);
    }

    [Fact]
    public async Task Send_OverTheNetwork_TheTransportsSpanIsTheAttemptsChild()
    {
        const string Transport = "System.Net.Http";
        using var spans = new Spans(Transport);
        await using var a = await Backend.StartAsync("a", context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        using var client = fixture.Client();

        // Turns: one of two calls begins at the one that fails.
        await client.GetStringAsync("/");
        await client.GetStringAsync("/");

        var all = await spans.NextAsync(6);
        var attempts = all.Where(s => s.Source.Name == MusterTelemetry.ActivitySourceName).ToList();
        Assert.Equal(3, attempts.Count);
        Assert.All(attempts, s => Assert.Equal(spans.Caller.SpanId, s.ParentSpanId));
        Assert.Equal(
            attempts.Select(s => s.SpanId.ToString()).Order(StringComparer.Ordinal),
            all.Where(s => s.Source.Name == Transport && s.OperationName.EndsWith("HttpRequestOut", StringComparison.Ordinal))
                .Select(s => s.ParentSpanId.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Dispose_UnderASpanOfTheCallers_LeavesThatTheCurrentOne()
    {
        using var spans = new Spans();
        await using var fixture = Fixture(FakeNetwork.Status(200, body: "body"));
        using var client = fixture.Client(Options(fixture));
        var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);

        using var reading = Spans.Begin("reading");
        response.Dispose();

        Assert.Same(reading, Activity.Current);
        Assert.Equal(["first 1 a Cancelled Unset"], (await spans.NextAsync(1)).Select(Summary));
    }

    [Theory]
    [InlineData(404, "404", "Success Error")]
    [InlineData(429, "429", "Overload Error")]
    [InlineData(302, null, "Success Unset")]
    public async Task Send_AnswerIsAnError_SaysWhichWhateverItSaysOfTheInstance(int status, string? error, string ends)
    {
        using var spans = new Spans();
        await using var fixture = Fixture(FakeNetwork.Status(status));
        using var client = fixture.Client(Options(fixture) with { Retry = null });

        (await client.GetAsync("/")).Dispose();

        var span = Assert.Single(await spans.NextAsync(1));
        Assert.Equal(error, Tag(span, InstrumentNames.ErrorTag));
        Assert.EndsWith(ends, Summary(span), StringComparison.Ordinal);
    }

    // A method may be any text, and a name must not.
    [Fact]
    public async Task Send_MethodThatNobodyKnows_IsNotInTheName()
    {
        using var spans = new Spans();
        await using var fixture = Fixture(FakeNetwork.Status(200));
        using var invoker = fixture.Invoker(Options(fixture));
        using var request = new HttpRequestMessage(new HttpMethod("BREW"), "http://calculator/");

        (await invoker.SendAsync(request, default)).Dispose();

        var span = Assert.Single(await spans.NextAsync(1));
        Assert.Equal(("Attempt.HTTP", "_OTHER"), (span.DisplayName, Tag(span, InstrumentNames.HttpMethodTag)));
    }

    // The conventions' address of a peer is an IP address; a name stays in muster.address.
    [Fact]
    public async Task Send_InstanceHasAName_HasNoPeer()
    {
        using var spans = new Spans();
        _network.Add("a", FakeNetwork.Status(200));
        await using var fixture = new HandlerFixture(_network, Instances.At(1, "a", host: "one.example"));
        using var client = fixture.Client(Options(fixture));

        await client.GetStringAsync("/");

        var span = Assert.Single(await spans.NextAsync(1));
        Assert.Null(span.GetTagItem(InstrumentNames.PeerTag));
        Assert.Equal("one.example:1", Tag(span, InstrumentNames.AddressTag));
    }

    // gRFC A72: attempts before this one, those left out that were transparent retries.
    [Fact]
    public async Task Call_OfGrpc_IsNamedAndTaggedAsGrpcDoes()
    {
        using var spans = new Spans();
        await using var fixture = Fixture(
            FakeNetwork.Refuse, FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Hang);
        using var cancel = new CancellationTokenSource();
        var client = new GrpcClient(
            fixture.Invoker(Options(fixture)), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });

        var call = client.UnaryAsync(
            RegistryMethods.ListServices, new ListServicesRequest(), new GrpcCallOptions { CancellationToken = cancel.Token });
        var all = (await spans.NextAsync(2)).ToList();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call.InTime());
        all.AddRange(await spans.NextAsync(1));

        Assert.All(all, s => Assert.Equal(("Attempt.muster.v1.Registry/ListServices", ActivityKind.Internal), (s.DisplayName, s.Kind)));
        Assert.All(all, s => Assert.StartsWith(
            "rpc.system.name=grpc rpc.method=muster.v1.Registry/ListServices previous-rpc-attempts=", Tags(s), StringComparison.Ordinal));
        Assert.Equal(
            [
                "first 0 False UNAVAILABLE UNAVAILABLE Error", "transparent_retry 1 True UNAVAILABLE UNAVAILABLE Error",
                "retry 1 False CANCELLED  Unset",
            ],
            all.Select(s => $"{s.GetTagItem(InstrumentNames.KindTag)} {s.GetTagItem(InstrumentNames.PreviousAttemptsTag)} "
                + $"{s.GetTagItem(InstrumentNames.TransparentTag)} {s.GetTagItem(InstrumentNames.RpcStatusTag)} "
                + $"{s.GetTagItem(InstrumentNames.ErrorTag)} {s.Status}"));
    }

    private HandlerFixture Fixture(params FakeAnswer[] answers) =>
        new(_network, [.. answers.Select((answer, i) => _network.Add($"{(char)('a' + i)}", answer))]);

    private static BalancingOptions Options(HandlerFixture fixture) => fixture.Options with { Policy = FirstPolicy.PolicyName };

    private static object? Tag(Activity span, string name) => span.GetTagItem(name);

    private static string Tags(Activity span) => string.Join(' ', span.TagObjects.Select(t => $"{t.Key}={t.Value}"));

    private static string Summary(Activity span) =>
        $"{span.GetTagItem(InstrumentNames.KindTag)} {span.GetTagItem(InstrumentNames.AttemptTag)} "
        + $"{span.GetTagItem(InstrumentNames.InstanceTag)} {span.GetTagItem(InstrumentNames.ResultTag)} {span.Status}";
}
