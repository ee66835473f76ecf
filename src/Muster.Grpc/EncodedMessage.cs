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
}
