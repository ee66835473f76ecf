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

    [Fact]
    public void Decide_BrokenTwice_IsEnough()
    {
        var get = new HttpRequestMessage(HttpMethod.Get, "http://x/");
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.Broken, 2, mayHaveRun: 2, get));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.Unavailable, 2, mayHaveRun: 2, get));
    }

    [Fact]
    public void Decide_ConnectFailed_GoesOnWhateverTheRequest()
    {
        var post = new HttpRequestMessage(HttpMethod.Post, "http://x/") { Content = new StreamContent(new MemoryStream()) };
        Assert.Equal(RetryVerdict.Retry, RetryRule.Decide(AttemptFailure.ConnectFailed, 31, mayHaveRun: 0, post));
        Assert.Equal(RetryVerdict.TriedEnough, RetryRule.Decide(AttemptFailure.ConnectFailed, 32, mayHaveRun: 0, post));
    }

    [Fact]
    public void Decide_NeverRan_GoesOnIfTheContentCanBeReadAgain()
    {
        var post = new HttpRequestMessage(HttpMethod.Post, "http://x/") { Content = new StringContent("a") };
        Assert.Equal(RetryVerdict.Retry, RetryRule.Decide(AttemptFailure.NeverRan, 5, mayHaveRun: 0, post));
        post.Content = new StreamContent(new MemoryStream());
        Assert.Equal(RetryVerdict.NotReplayable, RetryRule.Decide(AttemptFailure.NeverRan, 1, mayHaveRun: 0, post));
    }

    [Fact]
    public void Decide_CallersDoing_IsPointless()
    {
        var get = new HttpRequestMessage(HttpMethod.Get, "http://x/");
        Assert.Equal(RetryVerdict.Pointless, RetryRule.Decide(AttemptFailure.Cancelled, 1, mayHaveRun: 0, get));
        Assert.Equal(RetryVerdict.Pointless, RetryRule.Decide(AttemptFailure.BadRequest, 1, mayHaveRun: 0, get));
    }

    private static RetryVerdict Broken(HttpRequestMessage request) =>
        RetryRule.Decide(AttemptFailure.Broken, attempts: 1, mayHaveRun: 1, request);

    private static HttpRequestMessage Put(HttpContent content) => new(HttpMethod.Put, "http://x/") { Content = content };

    private static HttpRequestMessage Grpc(GrpcMethod method) =>
        new(HttpMethod.Post, $"http://x{method.FullName}") { Content = new Replayable(method) };

    private sealed class Replayable(GrpcMethod method) : ByteArrayContent([0, 0, 0, 0, 0]), IReplayableContent, IGrpcContent
    {
        public GrpcMethod Method => method;
    }
}
