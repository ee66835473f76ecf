using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Muster.Core.Model;

/// <summary>Free text by key, in ordinal order of the keys.</summary>
/// <remarks>Immutable. One array of a few entries, at most <see cref="Limits.MetadataEntriesMax"/> where a registry keeps it: a tree would
/// take a node of 56 bytes for each, and every instance has some.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "Named for what it is; that it can be read like a dictionary is by the way.")]
public sealed class InstanceMetadata : IReadOnlyDictionary<string, string>
{
    /// <summary>Nothing.</summary>
    public static readonly InstanceMetadata Empty = new([]);

    private readonly KeyValuePair<string, string>[] _entries;

    private InstanceMetadata(KeyValuePair<string, string>[] entries) => _entries = entries;

    /// <inheritdoc />
    public int Count => _entries.Length;

    /// <inheritdoc />
    public IEnumerable<string> Keys => _entries.Select(e => e.Key);

    /// <inheritdoc />
    public IEnumerable<string> Values => _entries.Select(e => e.Value);

    /// <inheritdoc />
    public string this[string key] => TryGetValue(key, out var value)
        ? value
        : throw new KeyNotFoundException($"There is no metadata '{key}'.");

    /// <summary>These entries.</summary>
    /// <param name="entries">In any order.</param>
    /// <exception cref="ArgumentException">A key is there twice.</exception>
    public static InstanceMetadata Of(IEnumerable<KeyValuePair<string, string>> entries)
    {
        KeyValuePair<string, string>[] sorted = [.. entries];
        Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Key == sorted[i - 1].Key)
            {
                throw new ArgumentException($"There are two of '{sorted[i].Key}'.", nameof(entries));
            }
        }

        return sorted.Length == 0 ? Empty : new(sorted);
    }

    /// <summary>The same entries.</summary>
    public static implicit operator InstanceMetadata(ImmutableSortedDictionary<string, string> entries) => Of(entries);

    /// <summary>The same keys and values, as other objects.</summary>
    /// <param name="other">An equal text for a key or a value.</param>
    public InstanceMetadata WithTexts(Func<string, string> other) => Count == 0
        ? Empty
        : new(Array.ConvertAll(_entries, e => KeyValuePair.Create(other(e.Key), other(e.Value))));

    /// <inheritdoc />
    public bool ContainsKey(string key) => TryGetValue(key, out _);

    /// <inheritdoc />
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                value = entry.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
