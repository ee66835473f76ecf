using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>What a client knows of calls that a server turned away before any handler saw them.</summary>
public sealed class NeverRanTests
{
    [Fact]
    public async Task GoAway_OfEveryConnection_EndsUnavailableAndNeverRan()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendGoAwayAsync(0, 0);
            await connection.DrainAsync();
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.True(e.NeverRan, e.ToString());
        Assert.Equal(StatusCode.Unavailable, e.Code);
    }

    [Fact]
    public async Task GoAway_OfOneConnection_IsRetriedByTheTransport()
    {
        await using var server = new RawServer(async (number, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            if (number == 0)
            {
                await connection.SendGoAwayAsync(0, 0);
                await connection.DrainAsync();
                return;
            }

            await connection.SendHeadersAsync(headers.Stream, end: false, RawServer.ResponseHeaders);
            await connection.SendDataAsync(headers.Stream, Frames.Of(new Note { Number = 5 }));
            await connection.SendHeadersAsync(headers.Stream, end: true, RawServer.OkTrailers);
            await connection.DrainAsync();
        });
        Assert.Equal(5, (await server.Client.UnaryAsync(EchoMethods.Unary, new Note()).Soon()).Number);
    }

    [Fact]
    public async Task GoAway_StreamWithoutAMessageYet_IsRetriedByTheTransport()
    {
        await using var server = new RawServer(async (number, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            if (number == 0)
            {
                await connection.SendGoAwayAsync(0, 0);
                await connection.DrainAsync();
                return;
            }

            await connection.SendHeadersAsync(headers.Stream, end: false, RawServer.ResponseHeaders);
            var data = await connection.ReadUntilAsync(RawFrame.Data);
            await connection.SendDataAsync(headers.Stream, data.Payload);
            await connection.SendHeadersAsync(headers.Stream, end: true, RawServer.OkTrailers);
            await connection.DrainAsync();
        });
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.HeadersAsync.Soon();
        await call.WriteAsync(new Note { Number = 6 });
        Assert.Equal(6, (await call.ReadAsync().Soon())!.Number);
        Assert.Null(await call.ReadAsync().Soon());
    }

    [Fact]
    public async Task Connection_LostWithARequestOnIt_MayHaveRun()
    {
        await using var server = new RawServer((_, connection) => connection.ReadUntilAsync(RawFrame.Data));
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.False(e.NeverRan, e.ToString());
    }

    [Fact]
    public async Task GoAway_WithAnErrorAndTheStreamSeen_MayHaveRun()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendGoAwayAsync(headers.Stream, 0xb);
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.False(e.NeverRan, e.ToString());
    }

    // The server was to serve it still, and closed the connection instead: the same reason as of a call behind the last one.
    [Fact]
    public async Task GoAway_WithTheStreamSeenAndThenTheEnd_MayHaveRun()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendGoAwayAsync(headers.Stream, 0);
            connection.EndWrites();
            await connection.DrainAsync();
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.False(e.NeverRan, e.ToString());
    }

    [Fact]
    public async Task GoAway_BehindHeadersAndThenTheEnd_MayHaveRun()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendHeadersAsync(headers.Stream, end: false, RawServer.ResponseHeaders);
            await connection.SendGoAwayAsync(headers.Stream, 0);
            connection.EndWrites();
            await connection.DrainAsync();
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Unavailable, e.Code);
        Assert.False(e.NeverRan, e.ToString());
    }

    // Whatever it complains of: streams behind the last one were not looked at.
    [Fact]
    public async Task GoAway_WithAnErrorOfEveryConnection_NeverRan()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendGoAwayAsync(0, 0xb);
            await connection.DrainAsync();
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.ResourceExhausted, e.Code);
        Assert.True(e.NeverRan, e.ToString());
    }

    [Fact]
    public async Task Reset_WithoutErrorBeforeHeaders_MayHaveRun()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            var headers = await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendResetAsync(headers.Stream, 0);
            await connection.DrainAsync();
        });
        var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
        Assert.Equal(StatusCode.Internal, e.Code);
        Assert.False(e.NeverRan, e.ToString());
    }

    [Fact]
    public async Task GoAway_StreamWithAMessageOnTheWay_CannotBeSentAgain()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            await connection.ReadUntilAsync(RawFrame.Data);
            await connection.SendGoAwayAsync(0, 0);
            await connection.DrainAsync();
        });
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.WriteAsync(new Note { Number = 1 }).Soon();
        var e = await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask());
        Assert.Equal(StatusCode.Unavailable, e.Code);
    }
}
