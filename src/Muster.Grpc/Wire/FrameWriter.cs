using System.Buffers;
using Google.Protobuf;

namespace Muster.Grpc.Wire;

/// <summary>Encodes messages into frames without a buffer per message.</summary>
internal static class FrameWriter
{
    /// <summary>Encodes straight into a pipe.</summary>
    /// <exception cref="RpcException">ResourceExhausted: over the limit; nothing was written.</exception>
    public static void Write(IBufferWriter<byte> output, IMessage message, int? messageBytesMax)
    {
        var size = CheckedSize(message, messageBytesMax);
        FramePrefix.Write(output.GetSpan(FramePrefix.Bytes), size);
        output.Advance(FramePrefix.Bytes);
        message.WriteTo(output);
    }

    /// <summary>Encodes into a rented array, which the caller returns to <see cref="ArrayPool{T}.Shared"/>.</summary>
    /// <exception cref="RpcException">ResourceExhausted: over the limit; nothing was rented.</exception>
    public static ArraySegment<byte> Rent(IMessage message, int? messageBytesMax)
    {
        var size = CheckedSize(message, messageBytesMax);
        var length = checked(FramePrefix.Bytes + size);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        FramePrefix.Write(buffer, size);
        message.WriteTo(buffer.AsSpan(FramePrefix.Bytes, size));
        return new ArraySegment<byte>(buffer, 0, length);
    }

    /// <summary>The size of a message, checked against the send limit.</summary>
    public static int CheckedSize(IMessage message, int? messageBytesMax)
    {
        var size = message.CalculateSize();
        return size <= (messageBytesMax ?? int.MaxValue) ? size : throw WireError.SentTooLarge(size, messageBytesMax!.Value);
    }
}
