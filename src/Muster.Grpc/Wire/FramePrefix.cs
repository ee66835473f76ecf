using System.Buffers.Binary;

namespace Muster.Grpc.Wire;

/// <summary>The five bytes before each message: a flag that says whether it is compressed, and its length.</summary>
internal readonly record struct FramePrefix(bool IsCompressed, int MessageBytes)
{
    /// <summary>One flag byte and a big-endian 32-bit length.</summary>
    public const int Bytes = 5;

    /// <summary>Reads a prefix.</summary>
    /// <param name="prefix">At least <see cref="Bytes"/> bytes.</param>
    /// <param name="messageBytesMax">The receive limit; checked here, before any buffer grows to a stranger's
    /// number.</param>
    /// <exception cref="RpcException">Internal: the flag is neither 0 nor 1. ResourceExhausted: the length is over the
    /// limit.</exception>
    public static FramePrefix Read(ReadOnlySpan<byte> prefix, int messageBytesMax)
    {
        if (prefix[0] > 1)
        {
            throw WireError.BadFlag(prefix[0]);
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        return length <= (uint)messageBytesMax
            ? new FramePrefix(prefix[0] == 1, (int)length)
            : throw WireError.ReceivedTooLarge(length, messageBytesMax);
    }

    /// <summary>Writes a prefix.</summary>
    public static void Write(Span<byte> destination, int messageBytes, bool isCompressed = false)
    {
        destination[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(destination[1..], messageBytes);
    }
}
