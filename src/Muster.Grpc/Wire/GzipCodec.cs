using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Muster.Grpc.Wire;

/// <summary>gzip of single messages.</summary>
internal static class GzipCodec
{
    private const int ChunkBytes = 4096;

    /// <summary>A gzip member ends with the length of what it holds, little-endian (RFC 1952 §2.3.1).</summary>
    private const int LengthBytes = 4;

    /// <summary>Compresses.</summary>
    /// <returns>The compressed bytes, which the caller disposes; or null if they would not be fewer.</returns>
    public static RentedStream? Compress(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
        {
            return null;
        }

        var target = new RentedStream(message.Length - 1);
        // Fastest: a call waits for this, and the stronger levels win little on messages of this size.
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(message);
        }

        if (!target.HasOverflowed)
        {
            return target;
        }

        target.Dispose();
        return null;
    }

    /// <summary>Decompresses, and stops as soon as the limit is passed: a few bytes can unpack to gigabytes.</summary>
    /// <returns>The message, which the caller disposes.</returns>
    /// <exception cref="RpcException">ResourceExhausted: over the limit. Internal: not gzip.</exception>
    public static RentedStream Decompress(ReadOnlySequence<byte> compressed, int messageBytesMax)
    {
        var source = ArrayPool<byte>.Shared.Rent((int)compressed.Length);
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var target = new RentedStream(messageBytesMax);
        try
        {
            compressed.CopyTo(source);
            using var gzip = new GZipStream(
                new MemoryStream(source, 0, (int)compressed.Length), CompressionMode.Decompress);
            while (gzip.Read(chunk) is var read && read > 0)
            {
                target.Write(chunk.AsSpan(0, read));
                if (target.HasOverflowed)
                {
                    throw WireError.UnpackedTooLarge(messageBytesMax);
                }
            }

            CheckLength(source.AsSpan(0, (int)compressed.Length), target.Length);
            return target;
        }
        catch (Exception e)
        {
            target.Dispose();
            throw e is RpcException ? e : WireError.NotGzip(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>GZipStream takes a cut-off member for a short one, without an error.</summary>
    private static void CheckLength(ReadOnlySpan<byte> compressed, long unpackedBytes)
    {
        if (
            compressed.Length < LengthBytes || BinaryPrimitives.ReadUInt32LittleEndian(
                compressed[^LengthBytes..]) != unpackedBytes)
        {
            throw new InvalidDataException("The gzip member is cut off.");
        }
    }
}
