using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>A connection that ends inside a valid response: UNAVAILABLE, and the next call gets a new one.</summary>
public sealed class ConnectionLossTests
{
    private static readonly RawFrame[] Frames =
    [
        .. RawFrames.Headers(1, end: false, Hpack.Encode(RawServer.ResponseHeaders)),
        RawFrames.Data(1, Tests.Frames.Of(new Note { Number = 1 })),
        RawFrames.Data(1, Tests.Frames.Of(new Note { Number = 2 })),
        .. RawFrames.Headers(1, end: true, Hpack.Encode(RawServer.OkTrailers)),
    ];

    private static readonly byte[] Response = [.. Frames.SelectMany(frame => frame.Encode())];

    [Fact]
    public async Task Connection_ClosedAtAnyByteOfAResponse_IsUnavailable()
    {
        // Each connection carries one call, on stream 1, and is closed one byte later than the one before.
        await using var server = new RawServer(async (number, connection) =>
        {
            await connection.ReadRequestAsync();
            await connection.SendBytesAsync(Response.AsMemory(0, number));
            connection.EndWrites();
            await connection.DrainAsync();
        });
        for (var sent = 0; sent < Response.Length; sent++)
        {
            var e = await Waits.RpcFailureAsync(() => ReadInOrderAsync(server.Client));
            Assert.Equal((sent, StatusCode.Unavailable), (sent, e.Code));
        }

        Assert.Equal(2, await ReadInOrderAsync(server.Client).Soon());
    }

    [Fact]
    public async Task Connection_ClosedInAFrameOfAnotherType_IsUnavailable()
    {
        byte[] ping = new RawFrame(RawFrame.Ping, 0, 0, new byte[8]).Encode();
        await using var server = new RawServer(async (number, connection) =>
        {
            await connection.ReadRequestAsync();
            await connection.SendBytesAsync(ping.AsMemory(0, number));
            connection.EndWrites();
            await connection.DrainAsync();
        });
        for (var sent = 0; sent <= ping.Length; sent++)
        {
            var e = await Waits.RpcFailureAsync(() => server.Client.UnaryAsync(EchoMethods.Unary, new Note()));
            Assert.Equal((sent, StatusCode.Unavailable), (sent, e.Code));
        }
    }

    private static async Task<int> ReadInOrderAsync(GrpcClient client)
    {
        await using var call = client.ServerStreaming(EchoMethods.Expand, new Note());
        var read = 0;
        await foreach (var note in call.ReadAllAsync())
        {
            Assert.Equal(++read, note.Number);
        }

        return read;
    }
}
