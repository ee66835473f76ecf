using System.Diagnostics.CodeAnalysis;

namespace Muster.Core.Catalog;

/// <summary>Values by a key that each carries. Immutable: a change yields another map, which shares with this one all but the
/// nodes on the way to what changed.</summary>
/// <remarks>A hash trie of 32 slots to a node (P. Bagwell, "Ideal Hash Trees", 2001). A value takes a reference in a node and its
/// share of that node, some 30 bytes at a hundred thousand values: the catalog has three such maps of the same records, and the
/// balanced trees of <c>ImmutableDictionary</c>, which hold key and value anew for each, take 64 to 104. Values come in the order of their
/// hashes, which another process does not share.</remarks>
/// <typeparam name="TKey">The key; its hash must not be one that a stranger can aim at, so names are hashed with a chance seed, as
/// strings are by default.</typeparam>
/// <typeparam name="TValue">What is kept.</typeparam>
public sealed class PersistentMap<TKey, TValue>
    where TKey : notnull, IEquatable<TKey>
    where TValue : class
{
    private readonly object? _root;
    private readonly Func<TValue, TKey> _keyOf;

    /// <summary>An empty map.</summary>
    /// <param name="keyOf">The key of a value: always the same for the same value.</param>
    public PersistentMap(Func<TValue, TKey> keyOf)
        : this(null, 0, keyOf)
    {
    }

    private PersistentMap(object? root, int count, Func<TValue, TKey> keyOf)
    {
        _root = root;
        Count = count;
        _keyOf = keyOf;
    }

    /// <summary>How many values are in here.</summary>
    public int Count { get; }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>The values, in no particular order.</summary>
    public IEnumerable<TValue> Values => HashTrie.ValuesOf<TValue>(_root);

    /// <summary>The keys, in no particular order.</summary>
    public IEnumerable<TKey> Keys => Values.Select(_keyOf);

    /// <summary>The value of a key.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public TValue this[TKey key] => GetValueOrDefault(key) ?? throw new KeyNotFoundException($"There is no '{key}'.");

    /// <summary>The value of a key, or null.</summary>
    public TValue? GetValueOrDefault(TKey key) => HashTrie.Find(_root, key, _keyOf);

    /// <summary>Whether there is a value of a key.</summary>
    public bool ContainsKey(TKey key) => GetValueOrDefault(key) is not null;

    /// <summary>The value of a key, if there is one.</summary>
    public bool TryGetValue(TKey key, [NotNullWhen(true)] out TValue? value) => (value = GetValueOrDefault(key)) is not null;

    /// <summary>With a value, in place of that of the same key.</summary>
    public PersistentMap<TKey, TValue> With(TValue value)
    {
        var builder = ToBuilder();
        builder.Set(value);
        return builder.ToMap();
    }

    /// <summary>With all of these values.</summary>
    public PersistentMap<TKey, TValue> WithAll(IEnumerable<TValue> values)
    {
        var builder = ToBuilder();
        foreach (var value in values)
        {
            builder.Set(value);
        }

        return builder.ToMap();
    }

    /// <summary>Without the value of a key.</summary>
    public PersistentMap<TKey, TValue> Without(TKey key)
    {
        var builder = ToBuilder();
        return builder.Remove(key) ? builder.ToMap() : this;
    }

    /// <summary>Begins a row of changes, which copy each node only once.</summary>
    public Builder ToBuilder() => new(this);

    /// <summary>Changes on their way to the next map. Not thread-safe; the map that it came from stays as it is.</summary>
    public sealed class Builder
    {
        private readonly Func<TValue, TKey> _keyOf;
        private readonly PersistentMap<TKey, TValue> _before;

        // Marks the nodes that this builder made, which nobody else sees yet. Given back with the map: those nodes are not its own
        // from there on.
        private long _edit;
        private object? _root;

        internal Builder(PersistentMap<TKey, TValue> before)
        {
            _before = before;
            (_root, Count, _keyOf) = (before._root, before.Count, before._keyOf);
        }

        /// <summary>How many values are in here.</summary>
        public int Count { get; private set; }

        /// <summary>The value of a key, or null.</summary>
        public TValue? GetValueOrDefault(TKey key) => HashTrie.Find(_root, key, _keyOf);

        /// <summary>The value of a key, if there is one.</summary>
        public bool TryGetValue(TKey key, [NotNullWhen(true)] out TValue? value) => (value = GetValueOrDefault(key)) is not null;

        /// <summary>Takes a value in, in place of that of the same key.</summary>
        public void Set(TValue value)
        {
            _root = HashTrie.Set(_root, value, _keyOf, Edit(), out var isNew);
            Count += isNew ? 1 : 0;
        }

        /// <summary>Takes the value of a key out.</summary>
        /// <returns>Whether there was one.</returns>
        public bool Remove(TKey key)
        {
            if (!TryGetValue(key, out _))
            {
                return false;
            }

            _root = HashTrie.Remove(_root!, key, _keyOf, Edit());
            Count--;
            return true;
        }

        /// <summary>What came of it: the map that it came from, if nothing was changed. The builder may go on.</summary>
        public PersistentMap<TKey, TValue> ToMap()
        {
            _edit = 0;
            return ReferenceEquals(_root, _before._root) ? _before : new(_root, Count, _keyOf);
        }

        private long Edit() => _edit != 0 ? _edit : _edit = HashTrie.NextEdit();
    }
}
