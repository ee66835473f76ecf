using System.Buffers;
using Google.Protobuf;

namespace Muster.Grpc.Wire;

/// <summary>Encodes messages into frames without a buffer per message.</summary>
internal static class FrameWriter
{
    /// <summary>A block of Kestrel's memory pool; a longer span would have to be made for the message.</summary>
    private const int OneSpanBytesMax = 4096;

    /// <summary>Encodes straight into a pipe.</summary>
    /// <exception cref="RpcException">ResourceExhausted: over the limit; nothing was written.</exception>
    public static void Write(IBufferWriter<byte> output, IMessage message, int? messageBytesMax)
    {
        var size = CheckedSize(message, messageBytesMax);
        if (size <= OneSpanBytesMax - FramePrefix.Bytes)
        {
            // Kestrel's writer takes a lock for each span: one for prefix and message together.
            var frame = output.GetSpan(FramePrefix.Bytes + size);
            FramePrefix.Write(frame, size);
            message.WriteTo(frame.Slice(FramePrefix.Bytes, size));
            output.Advance(FramePrefix.Bytes + size);
            return;
        }

        FramePrefix.Write(output.GetSpan(FramePrefix.Bytes), size);
        output.Advance(FramePrefix.Bytes);
        message.WriteTo(output);
    }

    /// <summary>Encodes into a pipe, compressed if that makes it smaller.</summary>
    /// <exception cref="RpcException">ResourceExhausted: over the limit before compression; nothing was
    /// written.</exception>
    public static void WriteCompressed(IBufferWriter<byte> output, IMessage message, int? messageBytesMax)
    {
        var frame = RentCompressed(message, messageBytesMax);
        output.Write(frame.AsSpan());
        ArrayPool<byte>.Shared.Return(frame.Array!);
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

    /// <summary>As <see cref="Rent"/>, compressed if that makes it smaller.</summary>
    public static ArraySegment<byte> RentCompressed(IMessage message, int? messageBytesMax)
    {
        var frame = Rent(message, messageBytesMax);
        using var packed = GzipCodec.Compress(frame.AsSpan(FramePrefix.Bytes));
        if (packed is null)
        {
            return frame;
        }

        // It is smaller, so it fits where the message was.
        FramePrefix.Write(frame, (int)packed.Length, isCompressed: true);
        packed.Written.Span.CopyTo(frame.AsSpan(FramePrefix.Bytes));
        return frame[..(FramePrefix.Bytes + (int)packed.Length)];
    }

    /// <summary>The size of a message, checked against the send limit.</summary>
    public static int CheckedSize(IMessage message, int? messageBytesMax)
    {
        var size = message.CalculateSize();
        return size <= (messageBytesMax ?? int.MaxValue)
            ? size
            : throw WireError.SentTooLarge(size, messageBytesMax!.Value);
    }
}
