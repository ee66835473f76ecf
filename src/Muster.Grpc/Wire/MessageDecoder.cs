using System.Buffers;
using Google.Protobuf;

namespace Muster.Grpc.Wire;

/// <summary>Turns the bytes of a frame into a message.</summary>
/// <param name="type">The message's type.</param>
/// <param name="messageBytesMax">The receive limit, which holds for the unpacked message too.</param>
/// <param name="isGzip">Whether the peer announced gzip; without it a compressed frame is an error.</param>
internal readonly struct MessageDecoder<T>(MessageType<T> type, int messageBytesMax, bool isGzip)
    where T : class, IMessage<T>
{
    public int MessageBytesMax => messageBytesMax;

    /// <exception cref="RpcException">The bytes are not such a message, or too many once unpacked.</exception>
    public T Decode(FramePrefix prefix, ReadOnlySequence<byte> payload)
    {
        if (prefix.IsCompressed)
        {
            return Unpack(payload);
        }

        try
        {
            return payload.IsSingleSegment ? type.Parser.ParseFrom(payload.FirstSpan) : type.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw WireError.Malformed(type.Name, e);
        }
    }

    private T Unpack(ReadOnlySequence<byte> payload)
    {
        if (!isGzip)
        {
            throw WireError.CompressedWithoutEncoding();
        }

        using var message = GzipCodec.Decompress(payload, messageBytesMax);
        try
        {
            return type.Parser.ParseFrom(message.Written.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw WireError.Malformed(type.Name, e);
        }
    }
}
