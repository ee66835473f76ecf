using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Frames over a socket, without any opinion on what is right.</summary>
internal sealed class RawConnection(Socket socket) : IAsyncDisposable
{
    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public Task SendPrefaceAsync() => SendBytesAsync(Preface);

    public async Task ReadPrefaceAsync() => await ReadExactlyAsync(Preface.Length);

    /// <summary>Sends bytes that may be frames, or parts of them.</summary>
    public Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).AsTask();

    /// <summary>Sends frames in one piece, so that they tend to arrive together.</summary>
    public Task SendAsync(params IEnumerable<RawFrame> frames) =>
        SendBytesAsync(frames.SelectMany(frame => frame.Encode()).ToArray());

    public Task SendAsync(byte type, byte flags, int streamId, params byte[] payload) =>
        SendAsync(new RawFrame(type, flags, streamId, payload));

    public Task SendDataAsync(int streamId, byte[] data, bool end = false) =>
        SendAsync(RawFrames.Data(streamId, data, end));

    public Task SendHeadersAsync(int streamId, bool end, params (string Name, string Value)[] headers) =>
        SendAsync(RawFrames.Headers(streamId, end, Hpack.Encode(headers)));

    public Task SendResetAsync(int streamId, uint code) => SendAsync(RawFrames.Reset(streamId, code));

    public Task SendGoAwayAsync(int lastStreamId, uint code) =>
        SendAsync(RawFrame.GoAway, 0, 0, [.. RawFrames.Number((uint)lastStreamId), .. RawFrames.Number(code)]);

    /// <summary>The next frame, or null at the end of the connection.</summary>
    public async Task<RawFrame?> ReadAsync()
    {
        try
        {
            var head = await ReadExactlyAsync(RawFrame.HeadBytes);
            var payload = await ReadExactlyAsync(BinaryPrimitives.ReadInt32BigEndian(head) >> 8);
            return new RawFrame(
                head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The next frame, or null at the end; answers settings and pings, as every peer must.</summary>
    public async Task<RawFrame?> ReadAnsweringAsync()
    {
        var frame = await ReadAsync();
        if (frame is { Type: RawFrame.Settings, Flags: 0 })
        {
            await SendAsync(RawFrame.Settings, RawFrame.Ack, 0);
        }
        else if (frame is { Type: RawFrame.Ping, Flags: 0 })
        {
            await SendAsync(RawFrame.Ping, RawFrame.Ack, 0, frame.Payload);
        }

        return frame;
    }

    /// <summary>Reads and answers frames until a wanted one, or the end of the connection.</summary>
    public async Task<RawFrame?> FindAsync(Predicate<RawFrame> wanted)
    {
        RawFrame? frame;
        do
        {
            frame = await ReadAnsweringAsync();
        }
        while (frame is not null && !wanted(frame));
        return frame;
    }

    /// <summary>Reads and answers frames until one of this type.</summary>
    public async Task<RawFrame> ReadUntilAsync(byte type) =>
        await FindAsync(frame => frame.Type == type)
        ?? throw new EndOfStreamException($"The connection ended without a frame of type {type}.");

    /// <summary>Reads and answers frames until one ends its stream.</summary>
    /// <returns>The stream, or null at the end of the connection.</returns>
    public async Task<int?> ReadRequestAsync() => (await FindAsync(frame => frame.IsEndOfStream))?.Stream;

    /// <summary>Reads until the peer closes: closing first would throw away what it has not read yet.</summary>
    public async Task DrainAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>Says that nothing more comes; what was sent still arrives.</summary>
    public void EndWrites() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Breaks the connection as a crashed peer does; what was sent may not arrive.</summary>
    public void Abort()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
