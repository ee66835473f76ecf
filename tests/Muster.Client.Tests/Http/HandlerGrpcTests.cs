using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Client.Tests.Http;

public sealed class HandlerGrpcTests
{
    [Fact]
    public async Task Unary_Idempotent_GetsMessageAndTrailers()
    {
        await using var backend = await StartAsync("a", async context =>
        {
            await GrpcAnswers.WriteMessageAsync(context);
            context.Response.AppendTrailer("x-end", "seen");
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var fixture = new HandlerFixture(backend.View);
        var result = await Client(fixture).UnaryWithMetadataAsync(RegistryMethods.ListServices, new ListServicesRequest());
        Assert.Equal("seen", result.Trailers.GetText("x-end"));
        Assert.Equal("a", result.Headers.GetText("muster-instance"));
        Assert.True(Assert.Single(fixture.Observer.Completed).Success);
    }

    // The connection goes between headers and trailers, as it does when the process is killed in the middle of an answer.
    [Fact]
    public async Task Unary_IdempotentAndKilledBeforeTrailers_IsRetriedUnseen()
    {
        await using var killed = RawHttp2.DiesBeforeTrailers("a");
        await using var good = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(killed.View);
        PreferFirst(fixture, killed.View, good.View);
        await Client(fixture).UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
        Assert.Equal([(false, true), (true, false)], fixture.Observer.Completed.Select(c => (c.Success, c.WillRetry)));
    }

    [Fact]
    public async Task Unary_NotIdempotentAndKilledBeforeTrailers_IsNotRetried()
    {
        await using var killed = RawHttp2.DiesBeforeTrailers("a");
        await using var good = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(killed.View);
        PreferFirst(fixture, killed.View, good.View);
        await Assert.ThrowsAsync<RpcException>(() => Client(fixture).UnaryAsync(RegistryMethods.Register, new RegisterRequest()));
        Assert.Equal(1, killed.Connections);
        Assert.Equal(0, good.Requests);
        var outcome = Assert.Single(fixture.Observer.Completed);
        Assert.Equal((false, false), (outcome.Success, outcome.WillRetry));
    }

    [Fact]
    public async Task Unary_NotIdempotentWithKeyAndKilledBeforeTrailers_IsRetried()
    {
        await using var killed = RawHttp2.DiesBeforeTrailers("a");
        await using var good = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(killed.View);
        PreferFirst(fixture, killed.View, good.View);
        var headers = new Metadata();
        headers.Add("idempotency-key", "k1");
        await Client(fixture).UnaryAsync(RegistryMethods.Register, new RegisterRequest(), new GrpcCallOptions { Headers = headers });
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
    }

    [Fact]
    public async Task Unary_KilledBeforeHeaders_GoesByIdempotency()
    {
        await using var killed = await StartKilledAtOnceAsync("a");
        await using var good = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(killed.View);
        PreferFirst(fixture, killed.View, good.View);
        await Client(fixture).UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest());
        var e = await Assert.ThrowsAsync<RpcException>(() => Client(fixture).UnaryAsync(RegistryMethods.Register, new RegisterRequest()));
        Assert.Contains("may have run", e.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.Equal(["a", "b", "a"], fixture.Observer.Picked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("pitfall", "grpc-status-in-trailers")]
    public async Task Unary_IdempotentAndUnavailable_IsRetried(bool trailersOnly)
    {
        var answer = trailersOnly ? GrpcAnswers.TrailersOnly(StatusCode.Unavailable) : GrpcAnswers.Trailers(StatusCode.Unavailable);
        await using var a = await StartAsync("a", answer);
        await using var b = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(a.View);
        PreferFirst(fixture, a.View, b.View);
        await Client(fixture).UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
    }

    [Fact]
    public async Task Unary_AllUnavailable_DeliversTheLastAnswer()
    {
        await using var a = await StartAsync("a", GrpcAnswers.Trailers(StatusCode.Unavailable));
        await using var b = await StartAsync("b", GrpcAnswers.Trailers(StatusCode.Unavailable));
        await using var c = await StartAsync("c", GrpcAnswers.Trailers(StatusCode.Unavailable));
        await using var fixture = new HandlerFixture(a.View, b.View, c.View);
        var e = await Assert.ThrowsAsync<RpcException>(
            () => Client(fixture).UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest()));
        Assert.Equal((StatusCode.Unavailable, "as told"), (e.Code, e.Status.Detail));
        Assert.Equal(3, a.Requests + b.Requests + c.Requests);
        Assert.Equal([(false, true), (false, true), (false, false)], fixture.Observer.Completed.Select(o => (o.Success, o.WillRetry)));
    }

    [Fact]
    public async Task Unary_NotIdempotentAndUnavailable_IsDelivered()
    {
        await using var a = await StartAsync("a", GrpcAnswers.Trailers(StatusCode.Unavailable));
        await using var b = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(a.View);
        PreferFirst(fixture, a.View, b.View);
        await Assert.ThrowsAsync<RpcException>(() => Client(fixture).UnaryAsync(RegistryMethods.Register, new RegisterRequest()));
        Assert.Equal(0, b.Requests);
        Assert.False(Assert.Single(fixture.Observer.Completed).Success);
    }

    // Statuses that blame the request, the caller or the load are not the instance's failure.
    [Theory]
    [InlineData(StatusCode.InvalidArgument, AttemptResult.Success)]
    [InlineData(StatusCode.NotFound, AttemptResult.Success)]
    [InlineData(StatusCode.DeadlineExceeded, AttemptResult.Cancelled)]
    [InlineData(StatusCode.Cancelled, AttemptResult.Cancelled)]
    [InlineData(StatusCode.ResourceExhausted, AttemptResult.Overload)]
    [InlineData(StatusCode.Internal, AttemptResult.Failure)]
    [InlineData(StatusCode.Unknown, AttemptResult.Failure)]
    [InlineData(StatusCode.DataLoss, AttemptResult.Failure)]
    [Trait("pitfall", "grpc-status-in-trailers")]
    public async Task Unary_OtherStatus_IsDeliveredAndJudged(StatusCode status, AttemptResult result)
    {
        await using var a = await StartAsync("a", GrpcAnswers.Trailers(status));
        await using var fixture = new HandlerFixture(a.View);
        foreach (var call in new Func<Task>[]
        {
            () => Client(fixture).UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest()),
            () => Client(fixture).UnaryAsync(RegistryMethods.Register, new RegisterRequest()),
        })
        {
            var e = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(status, e.Code);
            Assert.Equal(result, (await fixture.Observer.NextCompletionAsync()).Result);
        }

        Assert.Equal(2, a.Requests);
    }

    [Fact]
    public async Task Unary_LargerThanIsHeld_GoesThrough()
    {
        var message = new ListServicesResponse();
        message.Services.Add(new ServiceSummary { Service = new string('x', 5_000_000) });
        await using var a = await StartAsync("a", async context =>
        {
            await GrpcAnswers.WriteMessageAsync(context, EncodedMessage.Encode(message).Frame.ToArray());
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var fixture = new HandlerFixture(a.View);
        var client = new GrpcClient(fixture.Invoker(), new Uri("http://calculator"),
            new GrpcClientOptions { TimeProvider = fixture.Clock, ReceiveMessageBytesMax = 6_000_000 });
        Assert.Equal(message, await client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest()));
        Assert.True((await fixture.Observer.NextCompletionAsync()).Success);
        Assert.Equal(0, fixture.Statistics("a").InFlight);
    }

    [Fact]
    [Trait("pitfall", "call-ends-at-headers")]
    public async Task ServerStream_Runs_IsNotHeldBackCountsUntilItsEndAndIsNotTimed()
    {
        var finish = new TaskCompletionSource();
        await using var a = await StartAsync("a", async context =>
        {
            await GrpcAnswers.WriteMessageAsync(context);
            await finish.Task;
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var fixture = new HandlerFixture(a.View);
        await using var call = Client(fixture).ServerStreaming(RegistryMethods.WatchService, new WatchServiceRequest());
        Assert.NotNull(await call.ReadAsync());
        Assert.Equal(1, fixture.Statistics("a").InFlight);
        Assert.Empty(fixture.Observer.Completed);
        fixture.Clock.Advance(TimeSpan.FromMinutes(10));
        finish.SetResult();
        Assert.Null(await call.ReadAsync());
        Assert.True((await fixture.Observer.NextCompletionAsync()).Success);
        Assert.Equal(0, fixture.Statistics("a").InFlight);

        // It was wanted for so long, which says nothing of the instance.
        Assert.Null(fixture.Statistics("a").PeakLatencyMilliseconds(fixture.Clock.Now()));
    }

    [Fact]
    public async Task Duplex_FirstInstanceRefuses_GoesToTheNext()
    {
        using var closed = new ClosedPort("a");
        await using var b = await StartAsync("b", async context =>
        {
            await context.Request.BodyReader.ReadAtLeastAsync(5);
            await GrpcAnswers.OkAsync(context);
        });
        await using var fixture = new HandlerFixture(closed.View);
        PreferFirst(fixture, closed.View, b.View);
        await using var call = Client(fixture).Streaming(RegistryMethods.Watch);
        await call.WriteAsync(new WatchRequest());
        Assert.NotNull(await call.ReadAsync());
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
    }

    // Refused streams never ran, so even what must not run twice goes on to another instance.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Unary_NotIdempotentAndNeverRan_GoesToTheNext(bool goAway)
    {
        await using var refusing = goAway ? RawHttp2.GoesAway("a") : RawHttp2.RefusesStreams("a");
        await using var good = await StartAsync("b", GrpcAnswers.OkAsync);
        await using var fixture = new HandlerFixture(refusing.View);
        PreferFirst(fixture, refusing.View, good.View);
        await Client(fixture).UnaryAsync(RegistryMethods.Register, new RegisterRequest());
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
    }

    private static Task<Backend> StartAsync(string id, RequestDelegate answer) => Backend.StartAsync(id, answer, EndpointProtocol.Http2);

    private static async Task<Backend> StartKilledAtOnceAsync(string id)
    {
        Backend backend = null!;
        backend = await StartAsync(id, _ =>
        {
            backend.CutConnections();
            return Task.CompletedTask;
        });
        return backend;
    }

    private static GrpcClient Client(HandlerFixture fixture) => new(
        fixture.Invoker(fixture.Options with { Policy = PolicyNames.LeastRequest }), new Uri("http://calculator"),
        new GrpcClientOptions { TimeProvider = fixture.Clock });

    /// <summary>Shows both instances, the second so busy that least_request takes the first.</summary>
    private static void PreferFirst(HandlerFixture fixture, InstanceView first, InstanceView second)
    {
        fixture.Watch.Show(first, second);
        fixture.Statistics(second.Id).OnSent();
    }
}
