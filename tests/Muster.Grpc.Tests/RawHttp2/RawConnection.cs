using System.Buffers.Binary;
using System.Text;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>Frames over a socket, without any opinion on what is right.</summary>
internal sealed class RawConnection(Stream stream) : IAsyncDisposable
{
    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    public Task SendPrefaceAsync() => stream.WriteAsync(Preface).AsTask();

    public async Task ReadPrefaceAsync() => await ReadExactlyAsync(Preface.Length);

    public Task SendAsync(byte type, byte flags, int streamId, params ReadOnlySpan<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame.AsSpan(9));
        return stream.WriteAsync(frame).AsTask();
    }

    public Task SendDataAsync(int streamId, byte[] data, bool end = false) =>
        SendAsync(RawFrame.Data, end ? RawFrame.EndStream : (byte)0, streamId, data);

    public Task SendHeadersAsync(int streamId, bool end, params (string Name, string Value)[] headers) =>
        SendAsync(
            RawFrame.Headers,
            (byte)(RawFrame.EndHeaders | (end ? RawFrame.EndStream : 0)),
            streamId,
            HeaderBlock(headers));

    public Task SendResetAsync(int streamId, uint code) => SendAsync(RawFrame.RstStream, 0, streamId, Number(code));

    public Task SendGoAwayAsync(int lastStreamId, uint code) =>
        SendAsync(RawFrame.GoAway, 0, 0, [.. Number((uint)lastStreamId), .. Number(code)]);

    /// <summary>The next frame, or null at the end of the connection.</summary>
    public async Task<RawFrame?> ReadAsync()
    {
        try
        {
            var head = await ReadExactlyAsync(9);
            var payload = await ReadExactlyAsync(BinaryPrimitives.ReadInt32BigEndian(head) >> 8);
            return new RawFrame(
                head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads frames until one of this type; answers settings and pings on the way, as every peer
    /// must.</summary>
    public async Task<RawFrame> ReadUntilAsync(byte type)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame is { Type: RawFrame.Settings, Flags: 0 })
            {
                await SendAsync(RawFrame.Settings, RawFrame.Ack, 0);
            }
            else if (frame is { Type: RawFrame.Ping, Flags: 0 })
            {
                await SendAsync(RawFrame.Ping, RawFrame.Ack, 0, frame.Payload);
            }

            if (frame.Type == type)
            {
                return frame;
            }
        }

        throw new EndOfStreamException($"The connection ended without a frame of type {type}.");
    }

    /// <summary>Reads until the peer closes: closing first would throw away what it has not read yet.</summary>
    public async Task DrainAsync()
    {
        while (await ReadAsync() is not null)
        {
        }
    }

    /// <summary>HPACK in its plainest form: literals without indexing and without Huffman (RFC 7541 §6.2.2).</summary>
    public static byte[] HeaderBlock(params (string Name, string Value)[] headers)
    {
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add(0);
            AddText(name);
            AddText(value);
        }

        return [.. block];

        void AddText(string text)
        {
            // Lengths below 127 take one byte, which is all that these tests need.
            Assert.True(text.Length < 127);
            block.Add((byte)text.Length);
            block.AddRange(Encoding.Latin1.GetBytes(text));
        }
    }

    public async ValueTask DisposeAsync() => await stream.DisposeAsync();

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
