using System.Net;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary><see cref="HttpClient.Send(HttpRequestMessage)"/> does what its asynchronous sister does, and waits.</summary>
public sealed class HandlerSyncTests
{
    [Theory]
    [InlineData(EndpointProtocol.Http1, HttpCompletionOption.ResponseContentRead)]
    [InlineData(EndpointProtocol.Http1, HttpCompletionOption.ResponseHeadersRead)]
    [InlineData(EndpointProtocol.Http2, HttpCompletionOption.ResponseContentRead)]
    [InlineData(EndpointProtocol.Http2, HttpCompletionOption.ResponseHeadersRead)]
    public async Task Send_Sync_IsAnsweredAndCounted(EndpointProtocol protocol, HttpCompletionOption completion)
    {
        await using var a = await Backend.StartAsync("a", Echo, protocol);
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        using var request = Post("hello");
        request.Version = protocol == EndpointProtocol.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await OnThreadOfItsOwn(() =>
        {
            using var response = client.Send(request, completion);
            using var reader = new StreamReader(response.Content.ReadAsStream());
            Assert.Equal("hello", reader.ReadToEnd());
        });

        Assert.Single(fixture.Observer.Completed, o => o.Result == AttemptResult.Success);
        Assert.Equal(0, fixture.Statistics("a").InFlight);
    }

    // Part of it was received before it was known whether the call goes on elsewhere.
    [Fact]
    public void CopyTo_BodyThatWasHeldBack_IsWhole()
    {
        using var content = new HeldContent(new StringContent("replaced"), "held "u8.ToArray(), new MemoryStream("and rest"u8.ToArray()));
        using var copy = new MemoryStream();
        content.CopyTo(copy, null, CancellationToken.None);
        Assert.Equal("held and rest"u8, copy.ToArray());
    }

    [Fact]
    public async Task Send_SyncToAnInstanceThatIsGone_GoesOnAtAnother()
    {
        using var closed = new ClosedPort("a");
        await using var b = await Backend.StartAsync("b", Echo);
        await using var fixture = new HandlerFixture(
            new MusterClientOptions { Seed = 1, Policies = HandlerFixture.FirstPolicies }, closed.View, b.View);
        using var client = fixture.Client(fixture.Options with { Policy = FirstPolicy.PolicyName });
        await OnThreadOfItsOwn(() => client.Send(Post("hello")).Dispose());
        Assert.Equal(["a", "b"], fixture.Observer.Picked);
    }

    [Fact]
    public async Task Send_SyncAndNobodyIsThere_ThrowsAsTheAsynchronousOne()
    {
        using var closed = new ClosedPort("a");
        await using var fixture = new HandlerFixture(closed.View);
        using var client = fixture.Client();
        await OnThreadOfItsOwn(() =>
        {
            var e = Assert.Throws<ServiceCallException>(() => client.Send(Post("hello")));
            Assert.Equal(ServiceCallError.AllFailed, e.Error);
        });
    }

    [Fact]
    public async Task Send_SyncAndCancelled_EndsTheAttempt()
    {
        using var cancel = new CancellationTokenSource();
        await using var a = await Backend.StartAsync("a", async context =>
        {
            cancel.Cancel();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await OnThreadOfItsOwn(() => Assert.ThrowsAny<OperationCanceledException>(() => client.Send(Post("hello"), cancel.Token)));
        Assert.Single(fixture.Observer.Completed, o => o.Result == AttemptResult.Cancelled);
    }

    // As in a desktop application, or ASP.NET of old: what is posted runs on the thread that waits. Over a connection that is there, or the
    // content would be read on a thread of the pool anyway.
    [Fact]
    public async Task Send_SyncUnderAContextWhoseOnlyThreadWaits_DoesNotWaitForItself()
    {
        await using var a = await Backend.StartAsync("a", Echo);
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ContentThatComesBack() };
        await client.GetStringAsync("/");
        await OnThreadOfItsOwn(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new NeverRuns());
            client.Send(request).Dispose();
        });
    }

    [Fact]
    public async Task Send_SyncUnderASchedulerWhoseOnlyThreadWaits_DoesNotWaitForItself()
    {
        await using var a = await Backend.StartAsync("a", Echo);
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ContentThatComesBack() };
        await client.GetStringAsync("/");
        var exclusive = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        await Task.Factory.StartNew(
            () => client.Send(request).Dispose(), CancellationToken.None, TaskCreationOptions.None, exclusive).InTime();
    }

    private static HttpRequestMessage Post(string text) => new(HttpMethod.Post, "/") { Content = new StringContent(text) };

    private static Task Echo(HttpContext context) => context.Request.Body.CopyToAsync(context.Response.Body);

    private static Task OnThreadOfItsOwn(Action act) =>
        Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).InTime();

    private sealed class NeverRuns : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    // It forgets ConfigureAwait(false), as most do.
    private sealed class ContentThatComesBack : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writing = WriteAsync(stream, opened.Task);
            opened.SetResult();
            await writing;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 1;
            return true;
        }

        private static async Task WriteAsync(Stream stream, Task opened)
        {
            await opened;
            await stream.WriteAsync(new byte[1]);
        }
    }
}
