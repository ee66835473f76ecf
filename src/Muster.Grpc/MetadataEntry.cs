using Muster.Grpc.Wire;

namespace Muster.Grpc;

/// <summary>One metadata entry: a key with either text or bytes.</summary>
public sealed class MetadataEntry
{
    private MetadataEntry(string key, string? text, byte[]? bytes)
    {
        Key = key;
        TextValue = text;
        BinaryValue = bytes;
    }

    /// <summary>The key, in lower case.</summary>
    public string Key { get; }

    /// <summary>The text, or null for a binary entry.</summary>
    public string? TextValue { get; }

    /// <summary>The bytes, or null for a text entry.</summary>
    public byte[]? BinaryValue { get; }

    /// <summary>Whether the key ends in <c>-bin</c>.</summary>
    public bool IsBinary => BinaryValue is not null;

    internal static MetadataEntry Text(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var name = CheckedKey(key);
        if (MetadataCodec.IsBinary(name))
        {
            throw new ArgumentException(
                $"Metadata key '{name}' ends in '-bin' and therefore takes bytes, not text.", nameof(key));
        }

        return !value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? new MetadataEntry(name, value, null)
            : throw new ArgumentException(
                $"The text of metadata key '{name}' is not printable ASCII; use a '-bin' key and bytes.", nameof(
                    value));
    }

    internal static MetadataEntry Binary(string key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var name = CheckedKey(key);
        return MetadataCodec.IsBinary(name)
            ? new MetadataEntry(name, null, value)
            : throw new ArgumentException(
                $"Metadata key '{name}' takes text; only keys that end in '-bin' take bytes.", nameof(key));
    }

    /// <summary>An entry from the wire: a peer's headers are taken as they are.</summary>
    internal static MetadataEntry Received(string key, string? text, byte[]? bytes) =>
        new(key.ToLowerInvariant(), text, bytes);

    private static string CheckedKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var name = key.ToLowerInvariant();
        return MetadataCodec.KeyFault(name) is { } fault
            ? throw new ArgumentException($"Metadata key '{name}' {fault}.", nameof(key))
            : name;
    }
}
