using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>A server that resets the stream: the error code decides the status, at whatever moment it comes (the
/// table "Errors" of PROTOCOL-HTTP2.md).</summary>
public sealed class ResponseResetTests
{
    private static readonly byte[] Message = Frames.Of(new Note { Number = 1 });

    /// <summary>How many bytes of the body are on the wire before the reset; null: not even headers.</summary>
    private static readonly int?[] Moments = [null, 0, 3, 5, 6, Message.Length, Message.Length + 2];

    public static TheoryData<uint, StatusCode> Codes() =>
        new(ResetCodes.Statuses.Select(pair => (pair.Key, pair.Value)));

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Reset_AtAnyMoment_IsMappedByItsCode(uint code, StatusCode expected)
    {
        int? moment = null;
        await using var server = RawServer.Answering(async (connection, stream) =>
        {
            if (moment is { } bytes)
            {
                byte[] body = [.. Message, .. Message];
                await connection.SendHeadersAsync(stream, end: false, RawServer.ResponseHeaders);
                await connection.SendDataAsync(stream, body[..bytes]);
            }

            await connection.SendResetAsync(stream, code);
        });
        foreach (var next in Moments)
        {
            moment = next;
            var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
            Assert.Equal((next, expected), (next, e.Code));
            await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
            e = await Waits.RpcFailureAsync(() => ReadAllAsync(call));
            Assert.Equal((next, expected), (next, e.Code));
        }
    }

    [Fact]
    public async Task Reset_OfOneStream_LeavesTheOthersAlone()
    {
        await using var server = new RawServer(async (_, connection) =>
        {
            var first = await connection.ReadUntilAsync(RawFrame.Headers);
            var second = await connection.ReadUntilAsync(RawFrame.Headers);
            await connection.SendResetAsync(first.Stream, 0xb);
            await connection.SendHeadersAsync(second.Stream, end: false, RawServer.ResponseHeaders);
            await connection.SendDataAsync(second.Stream, Message);
            await connection.SendHeadersAsync(second.Stream, end: true, RawServer.OkTrailers);
            await connection.DrainAsync();
        });
        await using var first = server.Client.Streaming(EchoMethods.Chat);
        await first.WriteAsync(new Note()).Soon();
        await using var second = server.Client.Streaming(EchoMethods.Chat);
        Assert.Equal(1, (await second.ReadAsync().Soon())!.Number);
        Assert.Null(await second.ReadAsync().Soon());
        Assert.Equal(
            StatusCode.ResourceExhausted, (await Waits.RpcFailureAsync(() => first.ReadAsync().AsTask())).Code);
    }

    [Fact]
    public async Task Reset_WhileAWriteWaits_EndsTheWrite()
    {
        await using var server = new RawServer(
            async (_, connection) =>
            {
                var headers = await connection.ReadUntilAsync(RawFrame.Headers);
                await connection.SendHeadersAsync(headers.Stream, end: false, RawServer.ResponseHeaders);
                await connection.ReadUntilAsync(RawFrame.Data);
                await connection.SendResetAsync(headers.Stream, 0xb);
                await connection.DrainAsync();
            },
            settings: (RawFrames.InitialWindowSize, 8));
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.HeadersAsync.Soon(); // And with them the settings.
        await Waits.RpcFailureAsync(() => call.WriteAsync(new Note { Text = "longer than 8" }).AsTask());
        Assert.Equal(
            StatusCode.ResourceExhausted, (await Waits.RpcFailureAsync(() => call.ReadAsync().AsTask())).Code);
    }

    private static async Task ReadAllAsync(StreamingCall<Note, Note> call)
    {
        await foreach (var note in call.ReadAllAsync())
        {
            Assert.Equal(1, note.Number);
        }
    }
}
