using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;

namespace Muster.Client.Tests.Http;

[Trait("pitfall", "drain")]
public sealed class LeavingTests
{
    [Fact]
    public async Task Send_InstanceSaysThatItLeaves_IsNotCalledAgain()
    {
        await using var a = await Backend.StartAsync("a", LeaveAsync);
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        using var client = fixture.Client();
        for (var i = 0; i < 10; i++)
        {
            Assert.True((await client.GetAsync("/")).IsSuccessStatusCode);
        }

        Assert.Equal(1, a.Requests);
        Assert.Equal(9, b.Requests);
    }

    // In trailers, where gRPC has it, whether they were held back or come when the caller reads them.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Unary_TrailersSayThatItLeaves_IsNotCalledAgain(bool isIdempotent)
    {
        await using var a = await Backend.StartAsync(
            "a",
            async context =>
            {
                await GrpcAnswers.OkAsync(context);
                context.Response.AppendTrailer("muster-draining", "1");
            },
            EndpointProtocol.Http2);
        await using var b = await Backend.StartAsync("b", GrpcAnswers.OkAsync, EndpointProtocol.Http2);
        await using var fixture = new HandlerFixture(a.View, b.View);
        var client = new GrpcClient(
            fixture.Invoker(), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        for (var i = 0; i < 10; i++)
        {
            if (isIdempotent)
            {
                await client.UnaryAsync(RegistryMethods.ListServices, new Protocol.V1.ListServicesRequest());
            }
            else
            {
                await client.UnaryAsync(RegistryMethods.Register, new Protocol.V1.RegisterRequest());
            }
        }

        Assert.Equal((1, 9), (a.Requests, b.Requests));
    }

    // The call goes on elsewhere and nobody reads the answer, which is no reason not to hear it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Unary_RefusalSaysThatItLeaves_IsNotCalledAgain(bool inTrailers)
    {
        await using var a = await Backend.StartAsync(
            "a",
            async context =>
            {
                if (inTrailers)
                {
                    await GrpcAnswers.Trailers(StatusCode.Unavailable)(context);
                    context.Response.AppendTrailer("muster-draining", "1");
                }
                else
                {
                    context.Response.Headers["muster-draining"] = "1";
                    await GrpcAnswers.TrailersOnly(StatusCode.Unavailable)(context);
                }
            },
            EndpointProtocol.Http2);
        await using var b = await Backend.StartAsync("b", GrpcAnswers.OkAsync, EndpointProtocol.Http2);
        await using var fixture = new HandlerFixture(a.View, b.View);
        var client = new GrpcClient(
            fixture.Invoker(), new Uri("http://calculator"), new GrpcClientOptions { TimeProvider = fixture.Clock });
        for (var i = 0; i < 10; i++)
        {
            await client.UnaryAsync(RegistryMethods.ListServices, new Protocol.V1.ListServicesRequest());
        }

        Assert.Equal((1, 10), (a.Requests, b.Requests));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("1, 1")]
    public async Task Send_HeaderSaysSomethingElse_GoesOn(string value)
    {
        await using var a = await Backend.StartAsync("a", context =>
        {
            context.Response.Headers["muster-draining"] = value;
            return Task.CompletedTask;
        });
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        using var client = fixture.Client();
        for (var i = 0; i < 10; i++)
        {
            Assert.True((await client.GetAsync("/")).IsSuccessStatusCode);
        }

        Assert.Equal(5, a.Requests);
    }

    // Connection: close over HTTP/1.1, GOAWAY over HTTP/2. There it takes a request that may run twice. Kestrel closes the connection as
    // soon as it has nothing left to serve; a client that is writing then, before it has read the GOAWAY, fails with a broken pipe, or at
    // the end of what it reads, and of requests that ended so about half had run. Nothing on the wire tells the halves apart.
    [Theory]
    [InlineData(EndpointProtocol.Http1)]
    [InlineData(EndpointProtocol.Http2)]
    public async Task Send_ConnectionsAreClosedUnderLoad_NoCallFails(EndpointProtocol protocol)
    {
        var count = 0;
        async Task AnswerAsync(HttpContext context)
        {
            if (Interlocked.Increment(ref count) % 10 == 0)
            {
                context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose();
            }

            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync("done");
        }

        await using var a = await Backend.StartAsync("a", AnswerAsync, protocol);
        await using var b = await Backend.StartAsync("b", AnswerAsync, protocol);
        // So that a call has somewhere to go that meets a connection at its end twice.
        await using var c = await Backend.StartAsync("c", AnswerAsync, protocol);
        await using var fixture = new HandlerFixture(a.View, b.View, c.View);
        using var client = fixture.Client();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                using var request = new HttpRequestMessage(protocol == EndpointProtocol.Http1 ? HttpMethod.Post : HttpMethod.Put, "/")
                {
                    Content = new StringContent("x"),
                    Version = protocol == EndpointProtocol.Http1 ? new Version(1, 1) : new Version(2, 0),
                    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                using var response = await client.SendAsync(request);
                Assert.Equal("done", await response.Content.ReadAsStringAsync());
            }
        })));

        Assert.InRange(count, 800, protocol == EndpointProtocol.Http1 ? 800 : 900);
        Assert.Equal(800, fixture.Observer.Completed.Count(c => c.Success && !c.WillRetry));
        Assert.InRange(a.ConnectionsMade + b.ConnectionsMade + c.ConnectionsMade, 10, int.MaxValue);
    }

    private static Task LeaveAsync(HttpContext context)
    {
        context.Response.Headers["muster-draining"] = "1";
        return context.Response.WriteAsync("a");
    }
}
