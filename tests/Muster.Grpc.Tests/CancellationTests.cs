using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Ends that come from one side and must reach the other.</summary>
public sealed class CancellationTests
{
    [Fact]
    public async Task Unary_CallerCancels_ServerTokenFires()
    {
        await using var server = await EchoServer.StartAsync();
        var arrived = Waits.NewEvent();
        var gone = Waits.NewEvent();
        server.Service.Unary = async (note, context) =>
        {
            arrived.SetResult();
            await context.CancellationToken.FiredAsync();
            gone.SetResult();
            return note;
        };
        using var source = new CancellationTokenSource();
        var call = server.Client.UnaryAsync(
            EchoMethods.Unary, new Note(), new GrpcCallOptions { CancellationToken = source.Token });
        await arrived.Task.Soon();
        await source.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Waits.RpcFailureAsync(() => call)).Code);
        await gone.Task.Soon();
    }

    [Fact]
    public async Task AnyCall_CancelledBeforeTheStart_IsCancelled()
    {
        await using var server = await EchoServer.StartAsync();
        var options = new GrpcCallOptions { CancellationToken = new CancellationToken(canceled: true) };
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note(), options));
        Assert.Equal(StatusCode.Cancelled, e.Code);
        await using var call = server.Client.Streaming(EchoMethods.Chat, options);
        Assert.Equal(StatusCode.Cancelled, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
        Assert.Equal(
            StatusCode.Cancelled, (await Waits.RpcFailureAsync(() => call.WriteAsync(new Note()).AsTask())).Code);
    }

    [Fact]
    public async Task Duplex_DisposedEarly_ServerReadEndsAndTokenFires()
    {
        await using var server = await EchoServer.StartAsync();
        var ended = Waits.NewEvent<Exception?>();
        server.Service.Chat = async (notes, replies, context) =>
        {
            await replies.WriteAsync((await notes.ReadAsync())!);
            var e = await Record.ExceptionAsync(() => notes.ReadAsync().AsTask());
            await context.CancellationToken.FiredAsync();
            ended.SetResult(e);
        };
        var call = server.Client.Streaming(EchoMethods.Chat);
        await call.WriteAsync(new Note());
        await call.ReadAsync().Soon();
        await call.DisposeAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.Soon());
    }

    [Fact]
    public async Task Duplex_DisposedBeforeHeaders_ServerTokenFires()
    {
        await using var server = await EchoServer.StartAsync();
        var arrived = Waits.NewEvent();
        var gone = Waits.NewEvent();
        server.Service.Chat = async (_, _, context) =>
        {
            arrived.SetResult();
            await context.CancellationToken.FiredAsync();
            gone.SetResult();
        };
        var call = server.Client.Streaming(EchoMethods.Chat);
        await arrived.Task.Soon();
        await call.DisposeAsync();
        await gone.Task.Soon();
        Assert.Equal(StatusCode.Cancelled, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
    }

    [Fact]
    public async Task Duplex_HandlerReturns_PendingReadEndsWithNullAndWritesFail()
    {
        await using var server = await EchoServer.StartAsync();
        var release = Waits.NewEvent();
        server.Service.Chat = async (notes, replies, _) =>
        {
            await replies.WriteAsync((await notes.ReadAsync())!);
            await release.Task;
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.WriteAsync(new Note());
        await call.ReadAsync().Soon();
        var read = call.ReadAsync();
        release.SetResult();
        Assert.Null(await read.Soon());
        var e = await Waits.RpcFailureAsync(() => call.WriteAsync(new Note()).AsTask());
        Assert.Equal(StatusCode.OK, e.Code);
    }

    [Fact]
    public async Task Duplex_HandlerRefusesAtOnce_WriterSeesTheStatus()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Chat = (_, _, _) => throw new RpcException(StatusCode.PermissionDenied, "no");
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        var e = await Waits.RpcFailureAsync(async () =>
        {
            while (true)
            {
                await call.WriteAsync(new Note());
            }
        });
        Assert.Equal(new Status(StatusCode.PermissionDenied, "no"), e.Status);
    }

    [Fact]
    public async Task Read_OwnTokenFires_NextReadContinues()
    {
        await using var server = await EchoServer.StartAsync();
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.WriteAsync(new Note { Number = 1 });
        await call.ReadAsync().Soon();
        using var source = new CancellationTokenSource();
        var read = call.ReadAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.AsTask()).Soon();
        await call.WriteAsync(new Note { Number = 2 });
        Assert.Equal(2, (await call.ReadAsync().Soon())!.Number);
    }

    [Fact]
    public async Task Connection_Lost_BothSidesEnd()
    {
        await using var server = await EchoServer.StartAsync();
        var gone = Waits.NewEvent();
        server.Service.Chat = async (_, _, context) =>
        {
            await context.SendHeadersAsync();
            await context.CancellationToken.FiredAsync();
            gone.SetResult();
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.HeadersAsync.Soon();
        server.CutConnections();
        await gone.Task.Soon();
        Assert.Equal(StatusCode.Unavailable, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
    }
}
