using System.Buffers.Binary;
using System.Net.Sockets;

namespace Muster.Client.Tests.Http;

/// <summary>Servers that speak just enough HTTP/2 (RFC 9113 §4, §6) to refuse.</summary>
internal static class RawHttp2
{
    private const int PrefaceBytes = 24;
    private const int FrameHeaderBytes = 9;
    private const byte Headers = 0x1;
    private const byte RstStream = 0x3;
    private const byte Settings = 0x4;
    private const byte GoAway = 0x7;

    /// <summary>Answers each request with RST_STREAM(REFUSED_STREAM).</summary>
    public static RawServer RefusesStreams(string id) => new(id, stream => RunAsync(stream, streamId =>
        Frame(RstStream, streamId, [0, 0, 0, 7])));

    /// <summary>Answers each request with GOAWAY(NO_ERROR) whose last stream lies before it, and listens no more.</summary>
    public static RawServer GoesAway(string id)
    {
        RawServer server = null!;
        server = new RawServer(id, stream => RunAsync(stream, _ =>
        {
            server.StopListening();
            return Frame(GoAway, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        }));
        return server;
    }

    private static async Task RunAsync(NetworkStream stream, Func<int, byte[]> answer)
    {
        await stream.ReadExactlyAsync(new byte[PrefaceBytes]);
        await stream.WriteAsync(Frame(Settings, 0, []));
        var header = new byte[FrameHeaderBytes];
        while (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) == header.Length)
        {
            await stream.ReadExactlyAsync(new byte[(header[0] << 16) | (header[1] << 8) | header[2]]);
            if (header[3] == Headers)
            {
                await stream.WriteAsync(answer(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5))));
            }
        }
    }

    private static byte[] Frame(byte type, int streamId, byte[] payload)
    {
        var frame = new byte[FrameHeaderBytes + payload.Length];
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame, FrameHeaderBytes);
        return frame;
    }
}
