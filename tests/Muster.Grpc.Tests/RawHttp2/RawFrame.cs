using System.Buffers.Binary;

namespace Muster.Grpc.Tests.RawHttp2;

/// <summary>One HTTP/2 frame (RFC 9113 §4.1).</summary>
internal sealed record RawFrame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    public const int HeadBytes = 9;

    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte RstStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;

    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;

    public bool IsEndOfStream => Type is Data or Headers && (Flags & EndStream) != 0;

    public byte[] Encode()
    {
        var frame = new byte[HeadBytes + Payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, Payload.Length << 8);
        frame[3] = Type;
        frame[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), Stream);
        Payload.CopyTo(frame, HeadBytes);
        return frame;
    }
}
