using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>Deadlines, which both sides enforce, each with a clock of its own.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Unary_ServerIgnoresTheDeadline_ClientEndsOnTime()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(clientTime: clock);
        var arrived = Waits.NewEvent();
        var release = Waits.NewEvent();
        server.Service.Unary = async (note, _) =>
        {
            arrived.SetResult();
            await release.Task;
            return note;
        };
        var call = server.Client.UnaryAsync(EchoMethods.Unary, new Note(), new GrpcCallOptions { Timeout = Minute });
        await arrived.Task.Soon();
        clock.Advance(Minute - TimeSpan.FromTicks(1));
        Assert.False(call.IsCompleted);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => call)).Code);
        release.SetResult();
    }

    [Fact]
    public async Task Unary_DeadlinePasses_ServerTokenFiresAndStatusSaysSo()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(serverTime: clock, clientTime: new ManualTimeProvider());
        var left = Waits.NewEvent<TimeSpan?>();
        server.Service.Unary = async (note, context) =>
        {
            left.SetResult(context.TimeLeft);
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return note;
        };
        var call = server.Client.UnaryAsync(EchoMethods.Unary, new Note(), new GrpcCallOptions { Timeout = Minute });
        Assert.Equal(Minute, await left.Task.Soon());
        clock.Advance(Minute);
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => call)).Code);
    }

    [Fact]
    public async Task Duplex_DeadlinePassesWhileNobodyReads_ServerSeesTheReset()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(clientTime: clock, serverTime: new ManualTimeProvider());
        var gone = Waits.NewEvent();
        server.Service.Chat = async (_, _, context) =>
        {
            await context.SendHeadersAsync();
            await context.CancellationToken.FiredAsync();
            gone.SetResult();
        };
        await using var call = server.Client.Streaming(EchoMethods.Chat, new GrpcCallOptions { Timeout = Minute });
        await call.HeadersAsync.Soon();
        clock.Advance(Minute);
        await gone.Task.Soon();
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
        Assert.Equal(
            StatusCode.DeadlineExceeded,
            (await Waits.RpcFailureAsync(() => call.WriteAsync(new Note()).AsTask())).Code);
    }

    [Fact]
    public async Task Duplex_DeadlinePassesDuringARead_ReadEndsOnTime()
    {
        var clock = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(clientTime: clock, serverTime: new ManualTimeProvider());
        await using var call = server.Client.Streaming(EchoMethods.Chat, new GrpcCallOptions { Timeout = Minute });
        await call.WriteAsync(new Note());
        await call.ReadAsync().Soon();
        var read = call.ReadAsync();
        clock.Advance(Minute);
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => read.AsTask())).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task AnyCall_DeadlineNotPositive_EndsUnsent(int ticks)
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, _) => throw new InvalidOperationException("must not be called");
        var options = new GrpcCallOptions { Timeout = TimeSpan.FromTicks(ticks) };
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note(), options));
        Assert.Equal(StatusCode.DeadlineExceeded, e.Code);
        Assert.True(e.NeverRan);

        await using var call = server.Client.Streaming(EchoMethods.Chat, options);
        Assert.Equal(
            StatusCode.DeadlineExceeded,
            (await Waits.RpcFailureAsync(() => call.WriteAsync(new Note()).AsTask())).Code);
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => call.HeadersAsync)).Code);
    }

    [Fact]
    public async Task AnyCall_DefaultTimeout_IsSentToTheServer()
    {
        await using var server = await EchoServer.StartAsync(
            serverTime: new ManualTimeProvider(),
            clientOptions: new GrpcClientOptions { TimeProvider = new ManualTimeProvider(), DefaultTimeout = Minute });
        server.Service.Unary = (_, context) => Task.FromResult(new Note { Text = $"{context.TimeLeft}" });
        Assert.Equal("00:01:00", (await server.Client.UnaryAsync(EchoMethods.Unary, new Note())).Text);
    }

    [Fact]
    public async Task AnyCall_DeadlineBeyondTimers_IsSentAndHasNoTimer()
    {
        await using var server = await EchoServer.StartAsync();
        server.Service.Unary = (_, context) =>
            Task.FromResult(new Note { Number = (int)context.TimeLeft!.Value.TotalDays });
        var options = new GrpcCallOptions { Timeout = TimeSpan.FromDays(1000) };
        Assert.InRange((await server.Client.UnaryAsync(EchoMethods.Unary, new Note(), options)).Number, 999, 1000);
    }
}
