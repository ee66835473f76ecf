using System.Net.Http.Json;
using System.Text;
using Muster.Client.Resilience;
using Muster.Grpc;
using Muster.Protocol;

namespace Muster.Client.Tests.Resilience;

public sealed class RetryRuleTests
{
    [Theory]
    [InlineData("GET", RetryVerdict.Retry)]
    [InlineData("HEAD", RetryVerdict.Retry)]
    [InlineData("OPTIONS", RetryVerdict.Retry)]
    [InlineData("TRACE", RetryVerdict.Retry)]
    [InlineData("PUT", RetryVerdict.Retry)]
    [InlineData("DELETE", RetryVerdict.Retry)]
    [InlineData("POST", RetryVerdict.NotIdempotent)]
    [InlineData("PATCH", RetryVerdict.NotIdempotent)]
    [InlineData("CONNECT", RetryVerdict.NotIdempotent)]
    [InlineData("FROBNICATE", RetryVerdict.NotIdempotent)]
    public void Decide_Broken_GoesByTheHttpMethod(string method, object verdict) =>
        Assert.Equal(verdict, Broken(new HttpRequestMessage(new HttpMethod(method), "http://x/")));

    [Fact]
    public void Decide_BrokenPostWithIdempotencyKey_Retries()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://x/");
        request.Headers.Add("Idempotency-Key", "k1");
        Assert.Equal(RetryVerdict.Retry, Broken(request));
    }

    [Fact]
    public void Decide_BrokenGrpc_GoesByTheDeclaredIdempotency()
    {
        Assert.Equal(RetryVerdict.Retry, Broken(Grpc(RegistryMethods.ListServices)));
        Assert.Equal(RetryVerdict.Retry, Broken(Grpc(RegistryMethods.KeepAlive)));
        Assert.Equal(RetryVerdict.NotIdempotent, Broken(Grpc(RegistryMethods.Register)));
    }

    [Fact]
    public void Decide_BrokenGrpcStream_IsNotReplayable()
    {
        var request = Grpc(RegistryMethods.ListServices);
        request.Content = new StreamContent(new MemoryStream());
        Assert.Equal(RetryVerdict.NotReplayable, Broken(request));
    }

    [Fact]
    public void Decide_BrokenPut_GoesByTheContent()
    {
        Assert.Equal(RetryVerdict.Retry, Broken(Put(new ByteArrayContent([1]))));
        Assert.Equal(RetryVerdict.Retry, Broken(Put(new StringContent("a", Encoding.UTF8))));
        Assert.Equal(RetryVerdict.Retry, Broken(Put(new ReadOnlyMemoryContent(new byte[] { 1 }))));
        Assert.Equal(RetryVerdict.Retry, Broken(Put(new FormUrlEncodedContent([]))));
        Assert.Equal(RetryVerdict.Retry, Broken(Put(new Replayable(RegistryMethods.ListServices))));
        Assert.Equal(RetryVerdict.NotReplayable, Broken(Put(new StreamContent(new MemoryStream()))));
        Assert.Equal(RetryVerdict.NotReplayable, Broken(Put(new MultipartContent())));
        Assert.Equal(RetryVerdict.NotReplayable, Broken(Put(JsonContent.Create("a"))));
    }

    // Nothing of it was sent, so it may go on whatever it is. But once: who waits for turn after turn helps nobody.
    [Fact]
    public void Decide_NoTurnToConnect_GoesOnAtOnceTheFirstTime()
    {
        var post = new HttpRequestMessage(HttpMethod.Post, "http://x/") { Content = new StreamContent(new MemoryStream()) };
        var options = new RetryOptions { AttemptsMax = 2 };
        Assert.Equal(RetryVerdict.AtOnce, RetryRule.Decide(AttemptFailure.NoTurn, new AttemptCounts(1, 1, 0), post, options));
        Assert.Equal(RetryVerdict.Retry, RetryRule.Decide(AttemptFailure.NoTurn, new AttemptCounts(2, 2, 0), post, options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.NoTurn, new AttemptCounts(3, 3, 0), post, options));
        Assert.Equal(RetryVerdict.Off, RetryRule.Decide(AttemptFailure.NoTurn, new AttemptCounts(2, 2, 0), post, null));
    }

    [Fact]
    public void Decide_AttemptsUsedUp_IsEnough()
    {
        var options = new RetryOptions { AttemptsMax = 2 };
        Assert.Equal(RetryVerdict.Retry, RetryRule.Decide(AttemptFailure.Broken, new AttemptCounts(1, 0, 0), Get, options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.Broken, new AttemptCounts(2, 0, 0), Get, options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.Unavailable, new AttemptCounts(2, 0, 0), Get, options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.TimedOut, new AttemptCounts(2, 0, 0), Get, options));
    }

    [Fact]
    public void Decide_AttemptsThatNeverArrived_DoNotCount()
    {
        var options = new RetryOptions { AttemptsMax = 2 };
        Assert.Equal(RetryVerdict.Retry, RetryRule.Decide(AttemptFailure.Broken, new AttemptCounts(6, 1, 4), Get, options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.Broken, new AttemptCounts(6, 2, 3), Get, options));
    }

    [Fact]
    public void Decide_RetriesOff_OnlyWhatNeverRanGoesOn()
    {
        Assert.Equal(RetryVerdict.Off, RetryRule.Decide(AttemptFailure.Broken, new AttemptCounts(1, 0, 0), Get, null));
        Assert.Equal(RetryVerdict.Off, RetryRule.Decide(AttemptFailure.NeverRan, new AttemptCounts(2, 2, 0), Get, null));
        Assert.Equal(RetryVerdict.AtOnce, RetryRule.Decide(AttemptFailure.NeverRan, new AttemptCounts(1, 1, 0), Get, null));
        Assert.Equal(RetryVerdict.AtOnce, RetryRule.Decide(AttemptFailure.ConnectFailed, new AttemptCounts(1, 0, 1), Get, null));
    }

    [Fact]
    public void Decide_ConnectFailed_GoesOnWhateverTheRequest()
    {
        var post = new HttpRequestMessage(HttpMethod.Post, "http://x/") { Content = new StreamContent(new MemoryStream()) };
        Assert.Equal(RetryVerdict.AtOnce, RetryRule.Decide(AttemptFailure.ConnectFailed, new AttemptCounts(31, 0, 31), post, Options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.ConnectFailed, new AttemptCounts(32, 0, 32), post, Options));
    }

    // gRFC A6: refused unread goes on at once the first time, and by wait and budget from then on; idempotent or not.
    [Fact]
    public void Decide_NeverRan_IsTransparentOnce()
    {
        var post = new HttpRequestMessage(HttpMethod.Post, "http://x/") { Content = new StringContent("a") };
        Assert.Equal(RetryVerdict.AtOnce, RetryRule.Decide(AttemptFailure.NeverRan, new AttemptCounts(1, 1, 0), post, Options));
        Assert.Equal(RetryVerdict.Retry, RetryRule.Decide(AttemptFailure.NeverRan, new AttemptCounts(2, 2, 0), post, Options));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.NeverRan, new AttemptCounts(4, 4, 0), post, Options));
        post.Content = new StreamContent(new MemoryStream());
        Assert.Equal(RetryVerdict.NotReplayable, RetryRule.Decide(AttemptFailure.NeverRan, new AttemptCounts(1, 1, 0), post, Options));
    }

    [Fact]
    public void Decide_CallersDoing_IsPointless()
    {
        Assert.Equal(RetryVerdict.Pointless, RetryRule.Decide(AttemptFailure.Cancelled, new AttemptCounts(1, 0, 0), Get, Options));
        Assert.Equal(RetryVerdict.Pointless, RetryRule.Decide(AttemptFailure.BadRequest, new AttemptCounts(1, 0, 0), Get, Options));
    }

    [Theory]
    [InlineData("GET", null, null, true)]
    [InlineData("POST", null, null, false)]
    [InlineData("GET", "Accept", "text/event-stream", false)]
    [InlineData("GET", "Accept", "text/html", true)]
    [InlineData("GET", "Upgrade", "websocket", false)]
    public void IsHedgeable_Http_IsWhatMayRunTwiceAndIsNoStream(string method, string? header, string? value, bool isHedgeable)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), "http://x/");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        Assert.Equal(isHedgeable, RequestTraits.IsHedgeable(request));
    }

    [Fact]
    public void IsHedgeable_Grpc_IsAnIdempotentUnaryCall()
    {
        Assert.True(RequestTraits.IsHedgeable(Grpc(RegistryMethods.ListServices)));
        Assert.False(RequestTraits.IsHedgeable(Grpc(RegistryMethods.Register)));
        Assert.False(RequestTraits.IsHedgeable(Grpc(RegistryMethods.WatchService)));
    }

    private static readonly RetryOptions Options = new();

    private static readonly HttpRequestMessage Get = new(HttpMethod.Get, "http://x/");

    private static RetryVerdict Broken(HttpRequestMessage request) =>
        RetryRule.Decide(AttemptFailure.Broken, new AttemptCounts(1, 0, 0), request, Options);

    private static HttpRequestMessage Put(HttpContent content) => new(HttpMethod.Put, "http://x/") { Content = content };

    private static HttpRequestMessage Grpc(GrpcMethod method) =>
        new(HttpMethod.Post, $"http://x{method.FullName}") { Content = new Replayable(method) };

    private sealed class Replayable(GrpcMethod method) : ByteArrayContent([0, 0, 0, 0, 0]), IReplayableContent, IGrpcContent
    {
        public GrpcMethod Method => method;
    }
}
