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
        return new MetadataEntry(key.ToLowerInvariant(), value, null);
    }

    internal static MetadataEntry Binary(string key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new MetadataEntry(key.ToLowerInvariant(), null, value);
    }
}
