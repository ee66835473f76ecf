using System.Globalization;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Our client, calling a server of Python's grpcio.</summary>
public sealed class PythonServerTests : IAsyncLifetime
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseProxy = false });
    private Python? _server;
    private GrpcClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        await Python.RequireGrpcAsync();
        _server = Python.Start("echo_server.py");
        var port = int.Parse(await _server.ReadLineAsync(), CultureInfo.InvariantCulture);
        _client = new GrpcClient(
            _invoker,
            new Uri($"http://127.0.0.1:{port}"),
            new GrpcClientOptions { TimeProvider = TimeProvider.System });
    }

    [Fact]
    public async Task Unary_WithMetadata_ArrivesBothWays()
    {
        var headers = new Metadata();
        headers.Add("x-text", "a, b");
        headers.Add("x-data-bin", [.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        var result = await _client.UnaryWithMetadataAsync(
            EchoMethods.Unary,
            new Note { Number = 7, Text = "grüße" },
            new GrpcCallOptions { Headers = headers }).Soon();
        Assert.Equal(new Note { Number = 7, Text = "grüße" }, result.Response);
        foreach (var received in new[] { result.Headers, result.Trailers })
        {
            Assert.Equal("a, b", received.GetText("x-text"));
            Assert.Equal(headers.GetBytes("x-data-bin")!, received.GetBytes("x-data-bin")!);
        }
    }

    [Fact]
    public async Task ClientStreaming_ThreeMessages_ReturnsTheirSum()
    {
        await using var call = _client.Streaming(EchoMethods.Collect);
        for (var i = 1; i <= 3; i++)
        {
            await call.WriteAsync(new Note { Number = i }).Soon();
        }

        await call.CompleteWritesAsync();
        Assert.Equal(6, (await call.ReadAsync().Soon())!.Number);
    }

    [Fact]
    public async Task Unary_CompressedBothWays_ArrivesAsSent()
    {
        var note = new Note { Text = new string('a', 100_000) };
        var result = await _client.UnaryAsync(EchoMethods.Unary, note, new GrpcCallOptions { Compress = true }).Soon();
        Assert.Equal(note, result);
    }

    [Fact]
    public async Task ServerStreaming_FiftyMessages_ArriveInOrder()
    {
        await using var call = _client.ServerStreaming(EchoMethods.Expand, new Note { Number = 50 });
        var next = 1;
        while (await call.ReadAsync().Soon() is { } note)
        {
            Assert.Equal(next++, note.Number);
        }

        Assert.Equal(51, next);
    }

    [Fact]
    public async Task Duplex_PingPong_AnswersEachMessage()
    {
        await using var call = _client.Streaming(EchoMethods.Chat);
        for (var i = 1; i <= 20; i++)
        {
            await call.WriteAsync(new Note { Number = i }).Soon();
            Assert.Equal(i, (await call.ReadAsync().Soon())!.Number);
        }

        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync().Soon());
    }

    [Fact]
    public async Task Duplex_Cancelled_EndsHere()
    {
        using var source = new CancellationTokenSource();
        await using var call = _client.Streaming(
            EchoMethods.Chat, new GrpcCallOptions { CancellationToken = source.Token });
        await call.WriteAsync(new Note { Number = 1 }).Soon();
        Assert.NotNull(await call.ReadAsync().Soon());
        await source.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
    }

    [Fact]
    public async Task Unary_ServerAborts_StatusTextAndTrailersArrive()
    {
        var headers = new Metadata();
        headers.Add("x-fail", "FAILED_PRECONDITION");
        var e = await Waits.RpcFailureAsync(() => _client.UnaryAsync(
            EchoMethods.Unary, new Note(), new GrpcCallOptions { Headers = headers }));
        Assert.Equal(new Status(StatusCode.FailedPrecondition, "50 % of ünïcode 漢字"), e.Status);
        Assert.Equal([0, 255], e.Trailers.GetBytes("x-why-bin")!);
    }

    [Fact]
    public async Task Unary_DeadlinePasses_EndsOnTime()
    {
        var headers = new Metadata();
        headers.Add("x-wait", "1");
        var e = await Waits.RpcFailureAsync(() => _client.UnaryAsync(
            EchoMethods.Unary,
            new Note(),
            new GrpcCallOptions { Headers = headers, Timeout = TimeSpan.FromMilliseconds(200) }));
        Assert.Equal(StatusCode.DeadlineExceeded, e.Code);
    }

    public async ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
