using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Http;

/// <summary>What watches an answer is used again by later calls: nothing that comes late may end one of those.</summary>
[Trait("pitfall", "call-ends-at-headers")]
public sealed class OpenAttemptTests : IAsyncDisposable
{
    private readonly FakeNetwork _network = new();
    private readonly HandlerFixture _fixture;

    public OpenAttemptTests() =>
        _fixture = new HandlerFixture(_network, _network.Add("a", FakeNetwork.Status(200, body: "four")));

    private InstanceStatistics Statistics => _fixture.Statistics("a");

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Dispose_AgainAndReadLate_LeavesTheNextCallAlone()
    {
        using var client = _fixture.Client();
        var first = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var stream = await first.Content.ReadAsStreamAsync();
        stream.ReadExactly(new byte[4]);
        first.Content.Dispose();
        Assert.Equal(0, Statistics.InFlight);

        using var second = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        first.Dispose();
        Assert.ThrowsAny<Exception>(() => stream.Read(new byte[4]));
        await stream.DisposeAsync();
        Assert.Equal(1, Statistics.InFlight);
        Assert.Equal("four", await second.Content.ReadAsStringAsync());
        Assert.Equal(0, Statistics.InFlight);
        Assert.Equal([AttemptResult.Success, AttemptResult.Success], Results);
    }

    // Found forgotten together with what holds it, whose finalizer brings both back: it has one end, and no later call has it.
    [Fact]
    public void End_ByAFinalizer_IsOneEndAndNotUsedAgain()
    {
        var later = new List<OpenAttempt>();
        var finished = new CountdownEvent(2);
        Forget(later, finished);
        for (var i = 0; i < 100 && !finished.IsSet; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(finished.IsSet);
        GC.WaitForPendingFinalizers();
        Assert.Equal(2, later.Count);
        Assert.Equal(2, Statistics.InFlight);
        later.ForEach(open => open.EndAbandoned());
        Assert.Equal(0, Statistics.InFlight);
    }

    // What else is between the client and this handler may send a request again, content and all.
    [Fact]
    public async Task Unary_SentTwiceFromAbove_EndsEachAttemptOnce()
    {
        await using var fixture = GrpcFixture();
        using var invoker = new HttpMessageInvoker(new SecondAnswer(fixture.Factory.Create(fixture.Options)));
        await Client(invoker).UnaryAsync(RegistryMethods.Register, new RegisterRequest());
        Assert.Equal(0, fixture.Statistics("a").InFlight);
        Assert.Equal(
            [AttemptResult.Success, AttemptResult.Cancelled], fixture.Observer.Completed.Select(c => c.Result));
    }

    [Fact]
    public async Task Unary_AnswerAfterTheCallIsOver_EndsWhenItIsDropped()
    {
        // The request is disposed by then, so its content cannot be read.
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1 }, (_, _) => new ReadsNothing(), Instances.At(1, "a"));
        var above = new KeepsRequest(fixture.Factory.Create(fixture.Options));
        using var invoker = new HttpMessageInvoker(above);
        await Client(invoker).UnaryAsync(RegistryMethods.Register, new RegisterRequest());
        using (await above.SendAgainAsync())
        {
            Assert.Equal(1, fixture.Statistics("a").InFlight);
        }

        Assert.Equal(0, fixture.Statistics("a").InFlight);
    }

    [Fact]
    public async Task Unary_BodyThatBreaks_EndsAsFailure()
    {
        await using var fixture = GrpcFixture((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Version = HttpVersion.Version20,
            Content = new StreamContent(new BrokenStream()) { Headers = { ContentType = new("application/grpc") } },
        }));
        using var invoker = fixture.Invoker();
        await Assert.ThrowsAsync<RpcException>(() => Client(invoker).UnaryAsync(RegistryMethods.Register, new RegisterRequest()));
        Assert.Equal(AttemptResult.Failure, Assert.Single(fixture.Observer.Completed).Result);
        Assert.Equal(0, fixture.Statistics("a").InFlight);
    }

    [Fact]
    public async Task Send_TransportThrowsAtOnce_EndsTheCall()
    {
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1 }, (_, _) => new Thrower(), Instances.At(1, "a"));
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
        var call = invoker.SendAsync(request, default);
        await Assert.ThrowsAnyAsync<Exception>(() => call);
        Assert.Equal(0, fixture.Statistics("a").InFlight);
        Assert.Single(fixture.Observer.Completed);
    }

    private IEnumerable<AttemptResult> Results => _fixture.Observer.Completed.Select(c => c.Result);

    private static GrpcClient Client(HttpMessageInvoker invoker) =>
        new(invoker, new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = TimeProvider.System });

    private static HandlerFixture GrpcFixture(FakeAnswer? answer = null)
    {
        var network = new FakeNetwork();
        return new HandlerFixture(network, network.Add("a", answer ?? FakeNetwork.Grpc(StatusCode.OK)));
    }

    // One before it and one after it: whichever of the three finalizers comes first.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Forget(List<OpenAttempt> later, CountdownEvent finished)
    {
        var before = new Finalized(later, finished, Open);
        var open = Open();
        _ = new Finalized(later, finished, Open) { Open = open };
        before.Open = open;
    }

    private OpenAttempt Open()
    {
        var routes = new RouteTable(_fixture.Factory, _fixture.Options, MetadataSelector.All, _fixture.Clock, NullLogger.Instance);
        var route = routes.Find(new Uri("http://calculator"));
        Assert.True(route.Balancer.TryPick(null, out var target, out var now));
        return OpenAttempt.Of(new Attempt(route, target.Member, now, isTimed: true, trace: null), new HttpResponseMessage());
    }

    private sealed class Finalized(List<OpenAttempt> later, CountdownEvent finished, Func<OpenAttempt> next)
    {
        public OpenAttempt? Open { get; set; }

        ~Finalized()
        {
            Open!.EndAbandoned();
            later.Add(next());
            finished.Signal();
        }
    }

    private sealed class SecondAnswer(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var first = await base.SendAsync(request, cancellationToken);
            var second = await base.SendAsync(request, cancellationToken);
            first.Dispose();
            return second;
        }
    }

    private sealed class KeepsRequest(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private HttpRequestMessage? _request;

        public Task<HttpResponseMessage> SendAgainAsync() => base.SendAsync(_request!, default);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _request = request;
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class ReadsNothing : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            FakeNetwork.Grpc(StatusCode.OK)(request, cancellationToken);
    }

    private sealed class Thrower : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new ArgumentException("at once");
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("The connection broke."));
    }
}
