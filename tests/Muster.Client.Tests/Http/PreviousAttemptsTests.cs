using System.Net.Http.Headers;
using Muster.Client.Resilience;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Http;

/// <summary>A gRPC server is told how often a call has been sent before (gRFC A6), so that it can see, and curb, retries in several layers.</summary>
[Trait("pitfall", "retry-amplification")]
public sealed class PreviousAttemptsTests
{
    private const string Header = "grpc-previous-rpc-attempts";

    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Grpc_Retried_TellsEachServerOfThoseBefore()
    {
        await using var fixture = Fixture(
            FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Grpc(StatusCode.Unavailable), FakeNetwork.Grpc(StatusCode.OK));
        await CallAsync(fixture);
        Assert.Equal([null, "1", "2"], Told());
    }

    // Nobody's application has seen them. The second one that is refused unread is retried as all others are.
    [Fact]
    public async Task Grpc_NeverRan_IsNoAttemptBefore()
    {
        await using var fixture = Fixture(
            FakeNetwork.Refuse, FakeNetwork.RefuseStream, FakeNetwork.RefuseStream, FakeNetwork.Grpc(StatusCode.OK));
        await CallAsync(fixture);
        Assert.Equal([null, null, null, "1"], Told());
    }

    // They have asked nobody, however many there are; and what is refused unread after one of them is retried as all others are.
    [Fact]
    public async Task Grpc_NoTurnToConnect_IsNoAttemptBefore()
    {
        await using var fixture = Fixture(
            FakeNetwork.NoTurn, FakeNetwork.NoTurn, FakeNetwork.RefuseStream, FakeNetwork.Grpc(StatusCode.OK));
        await CallAsync(fixture);
        Assert.Equal([null, null, null, "1"], Told());
    }

    [Fact]
    public async Task Grpc_Hedged_TellsTheSecondServer()
    {
        var (asked, hang) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var fixture = Fixture(
            async (request, token) =>
            {
                asked.SetResult();
                await hang.Task.WaitAsync(token);
                return null!;
            },
            FakeNetwork.Grpc(StatusCode.OK));
        fixture.EarnHedges();
        var call = CallAsync(fixture, new HedgingOptions());
        await asked.Task.InTime();
        fixture.Clock.Advance(await fixture.Clock.TimerArmedAsync(due => due == new HedgingOptions().DelayInitial).InTime());
        await call.InTime();
        Assert.Equal([null, "1"], Told());
    }

    // A layer above that sends calls again says so of its own.
    [Fact]
    public async Task Grpc_SentBeforeByACaller_AddsUp()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Grpc(StatusCode.OK));
        using var invoker = fixture.Invoker(fixture.Options with { Policy = FirstPolicy.PolicyName });
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://calculator/x") { Content = new ByteArrayContent(new byte[5]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.Add(Header, "2");
        request.Headers.Add(RequestTraits.IdempotencyKeyHeader, "k1");
        using var response = await invoker.SendAsync(request, CancellationToken.None);
        Assert.Equal(["2", "3"], Told());
        Assert.Equal(["2"], request.Headers.GetValues(Header));
    }

    [Fact]
    public async Task Http_Retried_SaysNothing()
    {
        await using var fixture = Fixture(FakeNetwork.Status(503), FakeNetwork.Status(200));
        using var client = fixture.Client(fixture.Options with { Policy = FirstPolicy.PolicyName });
        using var response = await client.GetAsync("/");
        Assert.Equal([null, null], Told());
    }

    private HandlerFixture Fixture(params FakeAnswer[] answers) =>
        new(_network, [.. answers.Select((answer, i) => _network.Add($"{(char)('a' + i)}", answer))]);

    private static async Task CallAsync(HandlerFixture fixture, HedgingOptions? hedging = null)
    {
        var options = fixture.Options with { Policy = FirstPolicy.PolicyName, Hedging = hedging };
        var client = new GrpcClient(
            fixture.Invoker(options), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        await client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
    }

    private IEnumerable<string?> Told() =>
        _network.Attempts.Select(a => a.Request.Headers.TryGetValues(Header, out var values) ? string.Join(", ", values) : null);
}
