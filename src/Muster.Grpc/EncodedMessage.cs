using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Muster.Grpc;

/// <summary>A message in its wire form, length prefix included, so that one encoding can be sent to many
/// peers.</summary>
/// <remarks>Immutable; safe to share between threads.</remarks>
public sealed class EncodedMessage
{
    private EncodedMessage(byte[] frame) => Frame = frame;

    /// <summary>The five-byte prefix (flag 0, big-endian length) and the message.</summary>
    public ReadOnlyMemory<byte> Frame { get; }

    /// <summary>The message without its prefix.</summary>
    public ReadOnlyMemory<byte> Message => Frame[5..];

    /// <summary>Encodes a message once, uncompressed.</summary>
    /// <param name="message">The message; later changes to it do not show.</param>
    public static EncodedMessage Encode(IMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var size = message.CalculateSize();
        var frame = new byte[5 + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        message.WriteTo(frame.AsSpan(5));
        return new EncodedMessage(frame);
    }

    /// <summary>Makes a message of bytes that its caller encodes, for one that is put together from parts which are encoded
    /// already.</summary>
    /// <param name="size">How many bytes the message has, without prefix.</param>
    /// <param name="state">Handed to <paramref name="write"/>.</param>
    /// <param name="write">Fills exactly these bytes with a valid message.</param>
    public static EncodedMessage Create<TState>(int size, TState state, SpanAction<byte, TState> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var frame = new byte[5 + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        write(frame.AsSpan(5), state);
        return new EncodedMessage(frame);
    }
}
