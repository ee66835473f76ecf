using System.Net;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>What a handler below the client can do with a request: see its method, and send it again.</summary>
public sealed class ReplayTests
{
    [Fact]
    public async Task SingleRequest_SentTwiceByAHandler_IsTheSameBothTimes()
    {
        await using var server = await EchoServer.StartAsync();
        using var invoker = new HttpMessageInvoker(new Twice(server.Invoker), disposeHandler: true);
        var client = new GrpcClient(invoker, server.Address, server.ClientOptions);
        Assert.Equal("again", (await client.UnaryAsync(EchoMethods.Unary, new Note { Text = "again" })).Text);
        await using var call = client.ServerStreaming(EchoMethods.Expand, new Note { Text = "many", Number = 2 });
        Assert.Equal("many", (await call.ReadAsync().Soon())!.Text);
    }

    [Fact]
    public async Task Request_AsAHandlerSeesIt_CarriesMethodAndMarker()
    {
        await using var server = await EchoServer.StartAsync();
        var seen = new List<(GrpcMethod Method, bool IsReplayable)>();
        using var invoker = new HttpMessageInvoker(new Spy(server.Invoker, request =>
        {
            seen.Add((Assert.IsAssignableFrom<IGrpcContent>(request.Content).Method, request.Content is IReplayableContent));
            Assert.Equal(HttpVersion.Version20, request.Version);
            Assert.Equal("application/grpc", request.Content!.Headers.ContentType!.ToString());
            Assert.Equal("trailers", request.Headers.TE.ToString());
            Assert.StartsWith("muster-grpc/", request.Headers.UserAgent.ToString(), StringComparison.Ordinal);
        }));
        var client = new GrpcClient(invoker, server.Address, server.ClientOptions);
        await client.UnaryAsync(EchoMethods.Unary, new Note());
        await using var call = client.Streaming(EchoMethods.Chat);
        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync().Soon());
        Assert.Equal([(EchoMethods.Unary, true), (EchoMethods.Chat, false)], seen);
    }

    [Fact]
    public async Task HttpClient_AsInvoker_StreamsToo()
    {
        await using var server = await EchoServer.StartAsync();
        using var http = new HttpClient(
            new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new GrpcClient(http, server.Address, server.ClientOptions);
        await using var call = client.Streaming(EchoMethods.Chat);
        await call.WriteAsync(new Note { Number = 1 });
        Assert.Equal(1, (await call.ReadAsync().Soon())!.Number);
    }

    private sealed class Twice(HttpMessageInvoker next) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.IsAssignableFrom<IReplayableContent>(request.Content);
            (await next.SendAsync(request, cancellationToken)).Dispose();
            using var copy = new HttpRequestMessage(request.Method, request.RequestUri)
            {
                Version = request.Version,
                VersionPolicy = request.VersionPolicy,
                Content = request.Content,
            };
            return await next.SendAsync(copy, cancellationToken);
        }
    }

    private sealed class Spy(HttpMessageInvoker next, Action<HttpRequestMessage> look) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            look(request);
            return next.SendAsync(request, cancellationToken);
        }
    }
}
