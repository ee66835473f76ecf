using System.Collections;

namespace Muster.Grpc;

/// <summary>An ordered list of metadata entries; a key may occur more than once.</summary>
/// <remarks>Keys are lower-case ASCII. A key that ends in <c>-bin</c> carries bytes, every other key printable ASCII
/// text. Order and repetitions are kept here; on the way, HTTP may join repeated text values of one key into a single
/// value with <c>", "</c> between them. Repeated <c>-bin</c> values always arrive apart. Not thread-safe.</remarks>
public sealed class Metadata : IReadOnlyList<MetadataEntry>
{
    /// <summary>A list that is empty and stays so.</summary>
    public static readonly Metadata Empty = new(isReadOnly: true);

    private readonly List<MetadataEntry> _entries = [];
    private readonly bool _isReadOnly;

    /// <summary>Creates an empty list.</summary>
    public Metadata()
    {
    }

    private Metadata(bool isReadOnly) => _isReadOnly = isReadOnly;

    /// <inheritdoc />
    public int Count => _entries.Count;

    /// <inheritdoc />
    public MetadataEntry this[int index] => _entries[index];

    /// <summary>Adds a text entry.</summary>
    /// <param name="key">Lower-cased; letters, digits, <c>_ - .</c>; must not end in <c>-bin</c>, start with
    /// <c>grpc-</c> or be a header of HTTP itself, such as <c>content-type</c>.</param>
    /// <param name="value">Printable ASCII.</param>
    /// <exception cref="ArgumentException">The key or the value is not allowed; the message names it.</exception>
    public void Add(string key, string value) => AddEntry(MetadataEntry.Text(key, value));

    /// <summary>Adds a binary entry.</summary>
    /// <param name="key">Lower-cased; must end in <c>-bin</c>.</param>
    /// <param name="value">Any bytes, empty allowed. Not copied.</param>
    /// <exception cref="ArgumentException">The key is not allowed; the message names it.</exception>
    public void Add(string key, byte[] value) => AddEntry(MetadataEntry.Binary(key, value));

    /// <summary>The text of the first entry with this key, or null.</summary>
    /// <param name="key">Compared without regard to case.</param>
    public string? GetText(string key) => Find(key)?.TextValue;

    /// <summary>The bytes of the first entry with this key, or null.</summary>
    /// <param name="key">Compared without regard to case.</param>
    public byte[]? GetBytes(string key) => Find(key)?.BinaryValue;

    /// <inheritdoc />
    public IEnumerator<MetadataEntry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void AddReceived(MetadataEntry entry) => _entries.Add(entry);

    private void AddEntry(MetadataEntry entry)
    {
        if (_isReadOnly)
        {
            throw new InvalidOperationException(
                "Metadata.Empty is shared and cannot be added to; create a new Metadata.");
        }

        _entries.Add(entry);
    }

    private MetadataEntry? Find(string key) =>
        _entries.Find(e => string.Equals(e.Key, key, StringComparison.OrdinalIgnoreCase));
}
