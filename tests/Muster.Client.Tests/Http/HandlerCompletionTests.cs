using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>A call ends with its body, not with its headers, however it ends; and exactly once.</summary>
[Trait("pitfall", "call-ends-at-headers")]
public sealed class HandlerCompletionTests
{
    [Fact]
    public async Task Read_ToTheEnd_EndsTheCall()
    {
        var finish = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(finish.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        AssertRunning(fixture);

        await using var stream = await response.Content.ReadAsStreamAsync();
        Assert.Equal(4, await stream.ReadAtLeastAsync(new byte[4], 4));
        AssertRunning(fixture);

        fixture.Clock.Advance(TimeSpan.FromSeconds(3));
        finish.SetResult();
        await stream.CopyToAsync(Stream.Null);
        await AssertEndedOnceAsync(fixture, success: true, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Read_ZeroBytesAskedFor_IsNotTheEnd()
    {
        var finish = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(finish.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        AssertRunning(fixture);
        finish.SetResult();
        using var reader = new StreamReader(stream);
        Assert.Equal("halfrest", await reader.ReadToEndAsync());
        await AssertEndedOnceAsync(fixture, success: true);
    }

    [Fact]
    public async Task Send_BufferingClient_EndsTheCallBeforeItReturns()
    {
        await using var backend = await StartHalfwayAsync(Task.CompletedTask);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        Assert.Equal("halfrest", await client.GetStringAsync("/"));
        await AssertEndedOnceAsync(fixture, success: true);
    }

    // It takes as long as somebody listens, which says nothing of how fast the instance is.
    [Theory]
    [InlineData("text/event-stream", false)]
    [InlineData("text/plain", true)]
    public async Task Read_AnswerThatIsAStream_IsCountedAndNotTimed(string contentType, bool isTimed)
    {
        var finish = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync("a", async context =>
        {
            context.Response.ContentType = contentType;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await finish.Task;
        });
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(1, fixture.Statistics("a").InFlight);
        fixture.Clock.Advance(TimeSpan.FromSeconds(30));
        finish.SetResult();
        await response.Content.CopyToAsync(Stream.Null);

        await AssertEndedOnceAsync(fixture, success: true, TimeSpan.FromSeconds(30));
        Assert.Equal(isTimed ? 30_000 : null, fixture.Statistics("a").PeakLatencyMilliseconds(fixture.Clock.Now()));
    }

    // Another client's gRPC: whether it is a stream is not told, and one that is taken for a call looks like an instance that hangs.
    [Theory]
    [InlineData("application/grpc", false)]
    [InlineData("application/grpc+proto", false)]
    [InlineData("application/json", true)]
    public async Task Read_GrpcOfAnotherClient_IsCountedToItsEndAndNotTimed(string contentType, bool isTimed)
    {
        var finish = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync(
            "a",
            async context =>
            {
                await GrpcAnswers.OkAsync(context);
                await finish.Task;
            },
            EndpointProtocol.Http2);
        await using var fixture = new HandlerFixture(backend.View);
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://calculator/x")
        {
            Content = new StreamContent(new MemoryStream(new byte[5])),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = new(contentType);
        using var response = await invoker.SendAsync(request, CancellationToken.None);
        fixture.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, fixture.Statistics("a").InFlight);
        finish.SetResult();
        await response.Content.CopyToAsync(Stream.Null);

        await AssertEndedOnceAsync(fixture, success: true, TimeSpan.FromMinutes(10));
        Assert.Equal(isTimed ? 600_000 : null, fixture.Statistics("a").PeakLatencyMilliseconds(fixture.Clock.Now()));
    }

    [Fact]
    public async Task Dispose_BeforeTheEnd_EndsTheCall()
    {
        var finish = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(finish.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        AssertRunning(fixture);
        response.Dispose();
        await AssertEndedOnceAsync(fixture, success: true);
        response.Dispose();
        Assert.Single(fixture.Observer.Completed);
        finish.SetResult();
    }

    // GetStringAsync throws at a bad status, before it reads: the body is never read, and the status has said it all.
    [Theory]
    [InlineData(500, AttemptResult.Failure)]
    [InlineData(429, AttemptResult.Overload)]
    [InlineData(404, AttemptResult.Success)]
    public async Task Dispose_ErrorWhoseBodyNobodyReads_CountsAsWhatItIs(int status, AttemptResult expected)
    {
        await using var backend = await Backend.StartAsync("a", context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("a problem, at length");
        });
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal([expected], fixture.Observer.Completed.Select(c => c.Result));
    }

    // Who knows the length need not ask for the end.
    [Theory]
    [InlineData(4, AttemptResult.Success)]
    [InlineData(3, AttemptResult.Cancelled)]
    public async Task Dispose_AfterSoManyOfFourBytes_IsTheEndIfTheyAreAll(int bytes, AttemptResult expected)
    {
        await using var backend = await Backend.StartAsync("a", context =>
        {
            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("four");
        });
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await using (var stream = await response.Content.ReadAsStreamAsync())
        {
            await stream.ReadExactlyAsync(new byte[bytes]);
        }

        Assert.Equal([expected], fixture.Observer.Completed.Select(c => c.Result));
    }

    [Fact]
    public async Task Dispose_OfTheStreamAlone_EndsTheCall()
    {
        var finish = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(finish.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        await (await response.Content.ReadAsStreamAsync()).DisposeAsync();
        await AssertEndedOnceAsync(fixture, success: true);
        finish.SetResult();
    }

    [Fact]
    public async Task Forget_ResponseDropped_EndsTheCallOnceItIsCollected()
    {
        var finish = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(finish.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        // On a thread of its own from here: the one that brought the response has it on its stack.
        var dropped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var dropping = DropAsync(client, dropped);
        await dropped.Task;
        for (var i = 0; i < 100 && fixture.Observer.Completed.Count == 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        await AssertEndedOnceAsync(fixture, success: true);
        await dropping;
        finish.SetResult();
    }

    [Fact]
    [Trait("pitfall", "grpc-status-in-trailers")]
    public async Task Cancel_WhileWaitingForHeaders_EndsTheCallWithoutBlame()
    {
        var arrived = new TaskCompletionSource();
        await using var backend = await Backend.StartAsync("a", async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var other = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var cancel = new CancellationTokenSource();
        var call = client.GetAsync("/", cancel.Token);
        await arrived.Task;
        fixture.Watch.Show(backend.View, other.View);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await AssertEndedOnceAsync(fixture, success: true);
        Assert.Equal(0, other.Requests);
    }

    [Fact]
    public async Task Cancel_WhileReading_EndsTheCallWithoutBlame()
    {
        var finish = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(finish.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadAtLeastAsync(new byte[4], 4);
        using var cancel = new CancellationTokenSource();
        var read = stream.ReadAsync(new byte[4], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await AssertEndedOnceAsync(fixture, success: true);
        finish.SetResult();
    }

    [Fact]
    public async Task Cancel_BeforeTheCall_PicksNobody()
    {
        await using var fixture = new HandlerFixture();
        using var client = fixture.Client();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("/", new CancellationToken(canceled: true)));
        Assert.Empty(fixture.Observer.Picked);
    }

    [Fact]
    public async Task Read_ConnectionCutInTheBody_EndsTheCallAsFailure()
    {
        var cut = new TaskCompletionSource();
        await using var backend = await StartHalfwayAsync(cut.Task);
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        backend.CutConnections();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
        await AssertEndedOnceAsync(fixture, success: false);
        cut.SetResult();
    }

    [Theory]
    [InlineData("HEAD", 200, EndpointProtocol.Http1)]
    [InlineData("GET", 204, EndpointProtocol.Http1)]
    [InlineData("GET", 204, EndpointProtocol.Http2)]
    [InlineData("GET", 304, EndpointProtocol.Http1)]
    public async Task Send_AnswerWithoutBody_EndsWithItsHeaders(string method, int status, EndpointProtocol protocol)
    {
        await using var backend = await Backend.StartAsync(
            "a",
            context =>
            {
                context.Response.StatusCode = status;
                return Task.CompletedTask;
            },
            protocol);
        await using var fixture = new HandlerFixture(backend.View);
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://calculator/")
        {
            Version = protocol == EndpointProtocol.Http1 ? new Version(1, 1) : new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await invoker.SendAsync(request, default);
        await AssertEndedOnceAsync(fixture, success: true);
    }

    [Fact]
    public async Task Read_HeadersOfTheBody_AreAllThere()
    {
        await using var backend = await Backend.StartAsync("a", async context =>
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            context.Response.ContentLength = 4;
            context.Response.Headers.ContentLanguage = new[] { "de", "en" };
            await context.Response.WriteAsync("four");
        });
        await using var fixture = new HandlerFixture(backend.View);
        using var invoker = fixture.Invoker();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://calculator/");
        using var response = await invoker.SendAsync(request, default);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(4, response.Content.Headers.ContentLength);
        Assert.Equal(["de", "en"], response.Content.Headers.ContentLanguage);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        Assert.Equal("four", await reader.ReadToEndAsync());
        await AssertEndedOnceAsync(fixture, success: true);
    }

    [Fact]
    public async Task OnCompleted_ObserverThrows_CallIsNotAffected()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client(fixture.Options with { Observer = new Thrower() });
        Assert.Equal("a", await client.GetStringAsync("/"));
        Assert.Equal(0, fixture.Statistics("a").InFlight);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DropAsync(HttpClient client, TaskCompletionSource dropped)
    {
        await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        dropped.SetResult();
    }

    private static Task<Backend> StartHalfwayAsync(Task rest) => Backend.StartAsync("a", async context =>
    {
        await context.Response.WriteAsync("half");
        await context.Response.Body.FlushAsync();
        await rest;
        await context.Response.WriteAsync("rest");
    });

    private static void AssertRunning(HandlerFixture fixture)
    {
        Assert.Equal(1, fixture.Statistics("a").InFlight);
        Assert.Single(fixture.Observer.Picked);
        Assert.Empty(fixture.Observer.Completed);
    }

    private static async Task AssertEndedOnceAsync(HandlerFixture fixture, bool success, TimeSpan duration = default)
    {
        var outcome = await fixture.Observer.NextCompletionAsync();
        Assert.Equal(
            new AttemptOutcome("calculator", "a", outcome.Result, duration, WillRetry: false), outcome);
        Assert.Equal(success, outcome.Success);
        Assert.Single(fixture.Observer.Completed);
        Assert.Single(fixture.Observer.Picked);
        Assert.Equal(0, fixture.Statistics("a").InFlight);
    }

    private sealed class Thrower : ICallObserver
    {
        public void OnPicked(string service, string instanceId) => throw new InvalidOperationException("picked");

        public void OnCompleted(AttemptOutcome outcome) => throw new InvalidOperationException("completed");
    }
}
