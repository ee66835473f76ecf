using System.Buffers.Binary;
using Google.Protobuf;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Back-pressure on the client, both ways: it sends what the server's window takes, byte for byte, and gives
/// no more window than its reader makes room for.</summary>
public sealed class ClientWindowTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task Write_WindowExhausted_GoesOnWithEachUpdate(int window)
    {
        var note = new Note { Payload = ByteString.CopyFrom(new byte[3000]) };
        var message = Frames.Of(note);
        var stopped = Waits.NewEvent();
        var more = Waits.NewEvent();
        await using var server = new RawServer(
            async (_, connection) =>
            {
                var stream = await OpenAsync(connection);
                var received = new List<byte>();
                var granted = window;
                foreach (var next in new[] { 1, 4, 500, message.Length })
                {
                    while (received.Count < granted)
                    {
                        received.AddRange((await connection.ReadUntilAsync(RawFrame.Data)).Payload);
                    }

                    Assert.Equal(granted, received.Count);
                    if (next == message.Length)
                    {
                        stopped.SetResult();
                        await more.Task.Soon();
                    }

                    await connection.SendAsync(RawFrames.WindowUpdate(stream, next));
                    granted += next;
                }

                while (received.Count < message.Length)
                {
                    received.AddRange((await connection.ReadUntilAsync(RawFrame.Data)).Payload);
                }

                await connection.SendDataAsync(stream, [.. received]);
                await connection.SendHeadersAsync(stream, end: true, RawServer.OkTrailers);
                await connection.DrainAsync();
            },
            settings: (RawFrames.InitialWindowSize, window));
        await using var call = server.Client.Streaming(EchoMethods.Chat);
        await call.HeadersAsync.Soon();
        var writing = call.WriteAsync(note).AsTask();
        await stopped.Task.Soon();
        Assert.False(writing.IsCompleted, "Part of the message has no window, and yet it counts as sent.");
        more.SetResult();
        await writing.Soon();
        Assert.Equal(note, await call.ReadAsync().Soon());
        Assert.Null(await call.ReadAsync().Soon());
    }

    [Fact]
    public async Task Write_WindowNeverOpens_EndsWithTheDeadline()
    {
        var clock = new ManualTimeProvider();
        var reset = Waits.NewEvent<uint>();
        await using var server = new RawServer(
            async (_, connection) =>
            {
                await OpenAsync(connection);
                var frame = await connection.ReadUntilAsync(RawFrame.RstStream);
                reset.SetResult(BinaryPrimitives.ReadUInt32BigEndian(frame.Payload));
            },
            clientTime: clock,
            settings: (RawFrames.InitialWindowSize, 0));
        await using var call = server.Client.Streaming(
            EchoMethods.Chat, new GrpcCallOptions { Timeout = TimeSpan.FromMinutes(1) });
        await call.HeadersAsync.Soon();
        var writing = call.WriteAsync(new Note { Number = 1 }).AsTask();
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Waits.RpcFailureAsync(() => writing)).Code);
        Assert.Equal(0x8u, await reset.Task.Soon());
    }

    [Fact]
    public async Task Read_NobodyReads_TheWindowStaysShut()
    {
        const int Window = 65_535;
        var note = new Note { Payload = ByteString.CopyFrom(new byte[Window]) };
        var message = Frames.Of(note);
        var full = Waits.NewEvent();
        var grants = -1;
        await using var server = new RawServer(async (_, connection) =>
        {
            var stream = await OpenAsync(connection);
            await connection.SendAsync(message[..Window].CutEvery(16 * 1024).Select(p => RawFrames.Data(stream, p)));

            // The client handles frames in order: what it grants for these bytes alone comes before the ping's answer.
            await connection.SendAsync(RawFrame.Ping, 0, 0, new byte[8]);
            grants = 0;
            RawFrame? frame;
            do
            {
                frame = await connection.ReadAnsweringAsync();
                grants += IsGrant(frame) ? 1 : 0;
            }
            while (frame is not { Type: RawFrame.Ping, Flags: RawFrame.Ack });

            full.SetResult();
            while (!IsGrant(await connection.ReadAnsweringAsync()))
            {
            }

            await connection.SendDataAsync(stream, message[Window..]);
            await connection.SendHeadersAsync(stream, end: true, RawServer.OkTrailers);
            await connection.DrainAsync();

            bool IsGrant(RawFrame? frame) => frame!.Type == RawFrame.WindowUpdate && frame.Stream == stream;
        });
        await using var call = server.Client.ServerStreaming(EchoMethods.Expand, new Note());
        await full.Task.Soon();
        Assert.Equal(0, grants);
        Assert.Equal(note, await call.ReadAsync().Soon());
        Assert.Null(await call.ReadAsync().Soon());
    }

    /// <summary>Answers with headers at once. A client that has read them has read the settings before them; until then
    /// it goes by the window of 65,535 bytes that every connection begins with.</summary>
    private static async Task<int> OpenAsync(RawConnection connection)
    {
        var stream = (await connection.ReadUntilAsync(RawFrame.Headers)).Stream;
        await connection.SendHeadersAsync(stream, end: false, RawServer.ResponseHeaders);
        return stream;
    }
}
