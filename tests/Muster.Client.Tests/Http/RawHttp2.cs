using System.Buffers.Binary;
using System.Net.Sockets;

namespace Muster.Client.Tests.Http;

/// <summary>Servers that speak just enough HTTP/2 (RFC 9113 §4, §6) to refuse.</summary>
internal static class RawHttp2
{
    /// <summary>Status 200 and content-type application/grpc (RFC 7541 §6.1, §6.2.1; static entries 8 and 31).</summary>
    private static readonly byte[] GrpcHeaders = [0x88, 0x5f, 16, .. "application/grpc"u8];

    private const int PrefaceBytes = 24;
    private const int FrameHeaderBytes = 9;
    private const byte Data = 0x0;
    private const byte Headers = 0x1;
    private const byte RstStream = 0x3;
    private const byte Settings = 0x4;
    private const byte Ping = 0x6;
    private const byte GoAway = 0x7;
    private const byte EndHeaders = 0x4;
    private const byte Ack = 0x1;

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

    /// <summary>Answers each request on each connection with GOAWAY(NO_ERROR) whose last stream lies before it.</summary>
    public static RawServer GoesAwayForEver(string id) => new(id, stream => RunAsync(stream, _ =>
        Frame(GoAway, 0, [0, 0, 0, 0, 0, 0, 0, 0])));

    /// <summary>Says with GOAWAY(NO_ERROR) that the request is the last that is served, and ends the connection without serving it.</summary>
    public static RawServer ClosesUnderTheLast(string id) => new(id, stream => RunAsync(stream, streamId =>
    {
        var last = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(last, streamId);
        return Frame(GoAway, 0, last);
    }, endsAfterAnswer: true));

    /// <summary>Answers with headers and an empty message, and cuts off once the client has certainly taken both: it answers a
    /// ping only after what came before it.</summary>
    public static RawServer DiesBeforeTrailers(string id) => new(id, stream => RunAsync(stream, streamId =>
    [
        .. Frame(Headers, streamId, GrpcHeaders, EndHeaders), .. Frame(Data, streamId, new byte[5]), .. Frame(Ping, 0, new byte[8]),
    ]));

    private static async Task RunAsync(NetworkStream stream, Func<int, byte[]> answer, bool endsAfterAnswer = false)
    {
        await stream.ReadExactlyAsync(new byte[PrefaceBytes]);
        await stream.WriteAsync(Frame(Settings, 0, []));
        var header = new byte[FrameHeaderBytes];
        while (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) == header.Length)
        {
            await stream.ReadExactlyAsync(new byte[(header[0] << 16) | (header[1] << 8) | header[2]]);
            if (header[3] == Ping && header[4] == Ack)
            {
                return;
            }

            if (header[3] == Headers)
            {
                await stream.WriteAsync(answer(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5))));
                if (endsAfterAnswer)
                {
                    stream.Socket.Shutdown(SocketShutdown.Send);
                }
            }
        }
    }

    private static byte[] Frame(byte type, int streamId, byte[] payload, byte flags = 0)
    {
        var frame = new byte[FrameHeaderBytes + payload.Length];
        frame[2] = (byte)payload.Length;
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame, FrameHeaderBytes);
        return frame;
    }
}
