using System.Numerics;

namespace Muster.Core.Catalog;

/// <summary>The nodes of a <see cref="PersistentMap{TKey,TValue}"/>: five bits of the key's hash choose the slot in each.</summary>
/// <remarks>A trie is null, a single value, or a node with at least two values below it; so is each slot. Seven levels use the
/// hash up, and what still shares a node there is searched one by one.</remarks>
internal static class HashTrie
{
    private const int BitsPerLevel = 5;
    private const int HashBits = 32;

    private static long s_lastEdit;

    /// <summary>A number that no node bears yet.</summary>
    public static long NextEdit() => Interlocked.Increment(ref s_lastEdit);

    public static TValue? Find<TKey, TValue>(object? trie, TKey key, Func<TValue, TKey> keyOf)
        where TKey : notnull, IEquatable<TKey>
        where TValue : class
    {
        var hash = (uint)key.GetHashCode();
        for (var shift = 0; trie is Node node; shift += BitsPerLevel)
        {
            if (shift >= HashBits)
            {
                var place = PlaceOf(node, key, keyOf);
                return place < 0 ? null : (TValue)node.Slots[place];
            }

            var bit = BitOf(hash, shift);
            if ((node.Bitmap & bit) == 0)
            {
                return null;
            }

            trie = node.Slots[node.IndexOf(bit)];
        }

        return trie is TValue value && keyOf(value).Equals(key) ? value : null;
    }

    public static IEnumerable<TValue> ValuesOf<TValue>(object? trie)
        where TValue : class
    {
        if (trie is TValue only)
        {
            yield return only;
        }

        if (trie is not Node root)
        {
            yield break;
        }

        var open = new Stack<(Node Node, int Next)>();
        open.Push((root, 0));
        while (open.TryPop(out var top))
        {
            if (top.Next == top.Node.Slots.Length)
            {
                continue;
            }

            open.Push((top.Node, top.Next + 1));
            if (top.Node.Slots[top.Next] is Node below)
            {
                open.Push((below, 0));
            }
            else
            {
                yield return (TValue)top.Node.Slots[top.Next];
            }
        }
    }

    /// <summary>The trie with a value.</summary>
    /// <param name="trie">The trie before.</param>
    /// <param name="value">Takes the place of that of the same key.</param>
    /// <param name="keyOf">The key of a value.</param>
    /// <param name="edit">Nodes that bear this number may be changed, others are copied.</param>
    /// <param name="isNew">Whether there was none of that key.</param>
    public static object Set<TKey, TValue>(object? trie, TValue value, Func<TValue, TKey> keyOf, long edit, out bool isNew)
        where TKey : notnull, IEquatable<TKey>
        where TValue : class
    {
        var key = keyOf(value);
        return Set(trie, value, key, (uint)key.GetHashCode(), 0, keyOf, edit, out isNew);
    }

    /// <summary>The trie without the value of a key that is in it; null once it is empty.</summary>
    public static object? Remove<TKey, TValue>(object trie, TKey key, Func<TValue, TKey> keyOf, long edit)
        where TKey : notnull, IEquatable<TKey>
        where TValue : class =>
        Remove(trie, key, (uint)key.GetHashCode(), 0, keyOf, edit);

    private static object Set<TKey, TValue>(
        object? trie, TValue value, TKey key, uint hash, int shift, Func<TValue, TKey> keyOf, long edit, out bool isNew)
        where TKey : notnull, IEquatable<TKey>
        where TValue : class
    {
        isNew = trie is null;
        switch (trie)
        {
            case null:
                return value;
            case TValue other:
                var otherKey = keyOf(other);
                if (otherKey.Equals(key))
                {
                    return value;
                }

                isNew = true;
                return Pair(other, (uint)otherKey.GetHashCode(), value, hash, shift, edit);
        }

        var node = (Node)trie;
        if (shift >= HashBits)
        {
            var place = PlaceOf(node, key, keyOf);
            isNew = place < 0;
            return isNew ? node.WithInserted(0, node.Slots.Length, value, edit) : node.WithSlot(place, value, edit);
        }

        var bit = BitOf(hash, shift);
        var index = node.IndexOf(bit);
        if ((node.Bitmap & bit) == 0)
        {
            isNew = true;
            return node.WithInserted(bit, index, value, edit);
        }

        var below = Set(node.Slots[index], value, key, hash, shift + BitsPerLevel, keyOf, edit, out isNew);
        return ReferenceEquals(below, node.Slots[index]) ? node : node.WithSlot(index, below, edit);
    }

    // Two values whose hashes agree up to here.
    private static Node Pair(object one, uint oneHash, object other, uint otherHash, int shift, long edit)
    {
        if (shift >= HashBits)
        {
            return new Node(0, [one, other], edit);
        }

        var (oneBit, otherBit) = (BitOf(oneHash, shift), BitOf(otherHash, shift));
        return oneBit == otherBit
            ? new Node(oneBit, [Pair(one, oneHash, other, otherHash, shift + BitsPerLevel, edit)], edit)
            : new Node(oneBit | otherBit, oneBit < otherBit ? [one, other] : [other, one], edit);
    }

    private static object? Remove<TKey, TValue>(object trie, TKey key, uint hash, int shift, Func<TValue, TKey> keyOf, long edit)
        where TKey : notnull, IEquatable<TKey>
        where TValue : class
    {
        if (trie is not Node node)
        {
            return null;
        }

        var bit = shift >= HashBits ? 0 : BitOf(hash, shift);
        var index = shift >= HashBits ? PlaceOf(node, key, keyOf) : node.IndexOf(bit);
        var below = Remove(node.Slots[index], key, hash, shift + BitsPerLevel, keyOf, edit);
        var after = below is null ? node.WithRemoved(bit, index, edit) : node.WithSlot(index, below, edit);
        // One value alone needs no node.
        return after.Slots.Length == 1 && after.Slots[0] is not Node ? after.Slots[0] : after;
    }

    private static uint BitOf(uint hash, int shift) => 1u << (int)((hash >> shift) & ((1 << BitsPerLevel) - 1));

    private static int PlaceOf<TKey, TValue>(Node node, TKey key, Func<TValue, TKey> keyOf)
        where TKey : notnull, IEquatable<TKey>
        where TValue : class =>
        Array.FindIndex(node.Slots, slot => keyOf((TValue)slot).Equals(key));

    private sealed class Node(uint bitmap, object[] slots, long edit)
    {
        /// <summary>Which of the 32 are there.</summary>
        public uint Bitmap { get; private set; } = bitmap;

        /// <summary>Those that are there, in their order.</summary>
        public object[] Slots { get; private set; } = slots;

        /// <summary>Where a slot is, or would be.</summary>
        public int IndexOf(uint bit) => BitOperations.PopCount(Bitmap & (bit - 1));

        public Node WithSlot(int index, object content, long by)
        {
            var node = by == edit ? this : new Node(Bitmap, [.. Slots], by);
            node.Slots[index] = content;
            return node;
        }

        public Node WithInserted(uint bit, int index, object content, long by)
        {
            var slots = new object[Slots.Length + 1];
            Slots.AsSpan(0, index).CopyTo(slots);
            slots[index] = content;
            Slots.AsSpan(index).CopyTo(slots.AsSpan(index + 1));
            return With(Bitmap | bit, slots, by);
        }

        public Node WithRemoved(uint bit, int index, long by)
        {
            var slots = new object[Slots.Length - 1];
            Slots.AsSpan(0, index).CopyTo(slots);
            Slots.AsSpan(index + 1).CopyTo(slots.AsSpan(index));
            return With(Bitmap & ~bit, slots, by);
        }

        private Node With(uint bits, object[] slots, long by)
        {
            if (by != edit)
            {
                return new Node(bits, slots, by);
            }

            (Bitmap, Slots) = (bits, slots);
            return this;
        }
    }
}
