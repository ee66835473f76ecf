using System.Buffers;

namespace Muster.Grpc.Wire;

/// <summary>Metadata as HTTP header values: which names pass, and the base64 of <c>-bin</c>.</summary>
internal static class MetadataCodec
{
    /// <summary>Most bytes of metadata sent with one block, counted as HTTP/2 does (name + value + 32 each, RFC 9113
    /// §6.5.2). 16 KiB is what the C core of other implementations accepts at the most by default.</summary>
    public const int BlockBytesMax = 16 * 1024;

    private const int EntryOverheadBytes = 32;

    private static readonly SearchValues<char> KeyChars = SearchValues.Create(
        "0123456789abcdefghijklmnopqrstuvwxyz_-.");

    /// <summary>Names that HTTP or gRPC gives a meaning of its own: never metadata.</summary>
    private static readonly HashSet<string> TransportNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "content-length", "content-type", "date", "host", "keep-alive", "proxy-connection", "server",
        "te", "trailer", "transfer-encoding", "upgrade",
    };

    public static bool IsBinary(string key) => key.EndsWith(WireNames.BinarySuffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a received header is metadata.</summary>
    public static bool IsMetadata(string name) =>
        name.Length > 0 && name[0] != ':' && !TransportNames.Contains(name)
        && !name.StartsWith(WireNames.ReservedPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Why a lower-case key may not be sent, or null if it may.</summary>
    public static string? KeyFault(string key) => key switch
    {
        "" => "is empty",
        _ when key.AsSpan().ContainsAnyExcept(KeyChars) => "has characters other than a-z 0-9 _ - .",
        _ when key.StartsWith(
            WireNames.ReservedPrefix, StringComparison.Ordinal) => "starts with 'grpc-', which gRPC keeps for itself",
        _ when TransportNames.Contains(key) || key == "user-agent" => "is a header of HTTP",
        _ => null,
    };

    /// <summary>The header value of an entry.</summary>
    public static string Encode(MetadataEntry entry) =>
        entry.BinaryValue is { } bytes ? EncodeBase64(bytes) : entry.TextValue!;

    /// <summary>Adds what a received header carries. Several values of a <c>-bin</c> key may be joined by commas,
    /// padded or not; text is not split, as a comma may be part of it.</summary>
    /// <exception cref="RpcException">Internal: a value is not base64.</exception>
    public static void Decode(Metadata target, string name, string value)
    {
        if (!IsBinary(name))
        {
            target.AddReceived(MetadataEntry.Received(name, value, null));
            return;
        }

        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            target.AddReceived(
                MetadataEntry.Received(name, null, TryDecodeBase64(part) ?? throw WireError.BadBase64(name)));
        }
    }

    /// <exception cref="RpcException">ResourceExhausted: the block is over <see cref="BlockBytesMax"/>.</exception>
    /// <param name="metadata">The entries.</param>
    /// <param name="extraBinaryBytes">Length of a binary value that travels with them.</param>
    public static void CheckSize(Metadata metadata, int extraBinaryBytes = 0)
    {
        var bytes = extraBinaryBytes * 4 / 3;
        foreach (var entry in metadata)
        {
            var valueBytes = entry.BinaryValue is { } b ? ((b.Length * 4) + 2) / 3 : entry.TextValue!.Length;
            bytes += entry.Key.Length + valueBytes + EntryOverheadBytes;
        }

        if (bytes > BlockBytesMax)
        {
            throw WireError.MetadataTooLarge(bytes, BlockBytesMax);
        }
    }

    /// <summary>Reads base64, padded or not; null if it is none.</summary>
    public static byte[]? TryDecodeBase64(string text)
    {
        var unpadded = text.TrimEnd('=');
        var padded = unpadded.PadRight((unpadded.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length / 4 * 3];
        return Convert.TryFromBase64String(padded, bytes, out var count) ? bytes[..count] : null;
    }

    /// <summary>Writes base64 without padding, as the specification asks.</summary>
    public static string EncodeBase64(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');
}
