using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>Damps instances that come and go: one that is lost again and again is kept back for a while, so that callers prefer those
/// that stay.</summary>
/// <remarks>
/// A step; not thread-safe. It goes by the address, because a process that crashes in a loop may have another id each time. A loss is
/// a turn to TIMEOUT, or to UNHEALTHY by an active check; leaving in order is none.
/// <code>
/// quiet  -- LossesMax losses within Window ---------> damped, for DampMin * 2^n, DampMax at most; n is how often before
/// damped -- its time is over -----------------------> quiet; losses meanwhile neither prolong it nor are forgotten
/// quiet  -- no loss for Memory ---------------------> forgotten, with its n
/// </code>
/// Holds <see cref="Limits.FlapsMax"/> addresses; past it those are forgotten first that were lost longest ago.
/// </remarks>
/// <param name="addressesMax">How many addresses are remembered.</param>
public sealed class FlapTable(int addressesMax = Limits.FlapsMax)
{
    private readonly Dictionary<AddressKey, LinkedListNode<Entry>> _entries = [];

    // In the order of their last loss.
    private readonly LinkedList<Entry> _byLoss = new();

    // Those that are damped; each once.
    private readonly PriorityQueue<Entry, TimeSpan> _ends = new();

    /// <summary>Addresses in the table.</summary>
    public int Count => _entries.Count;

    /// <summary>When <see cref="Tick"/> has to be called next; null if nobody is damped.</summary>
    public TimeSpan? NextWake => _ends.TryPeek(out _, out var at) ? at : null;

    /// <summary>Until when the address is damped; null if it is not.</summary>
    public TimeSpan? DampedUntil(AddressKey address) => _entries.GetValueOrDefault(address)?.Value.DampedUntil;

    /// <summary>An instance at the address was lost.</summary>
    /// <returns>Until when it is damped, if that begins now; otherwise null.</returns>
    public TimeSpan? Lost(AddressKey address, TimeSpan now)
    {
        Forget(now, _entries.ContainsKey(address) ? addressesMax : addressesMax - 1);
        if (_entries.TryGetValue(address, out var node))
        {
            _byLoss.Remove(node);
        }
        else if (_entries.Count >= addressesMax)
        {
            // All that were lost longest ago are damped: they keep their places until that is over.
            return null;
        }
        else
        {
            _entries[address] = node = new LinkedListNode<Entry>(new Entry(address));
        }

        _byLoss.AddLast(node);
        var entry = node.Value;
        entry.Losses.Enqueue(now);
        while (entry.Losses.Count > Limits.FlapLossesMax || entry.Losses.Peek() < now - Limits.FlapWindow)
        {
            entry.Losses.Dequeue();
        }

        entry.LastAt = now;
        if (entry.DampedUntil is not null || entry.Losses.Count < Limits.FlapLossesMax)
        {
            return null;
        }

        var time = Limits.FlapDampMin * Math.Pow(2, Math.Min(entry.Level, 16));
        entry.DampedUntil = now + (time < Limits.FlapDampMax ? time : Limits.FlapDampMax);
        entry.Level++;
        _ends.Enqueue(entry, entry.DampedUntil.Value);
        return entry.DampedUntil;
    }

    /// <summary>Ends what is over.</summary>
    /// <param name="now">The monotonic time.</param>
    /// <param name="ended">Takes the addresses that are damped no longer.</param>
    public void Tick(TimeSpan now, List<AddressKey> ended)
    {
        while (_ends.TryPeek(out var entry, out var at) && at <= now)
        {
            _ends.Dequeue();
            entry.DampedUntil = null;
            ended.Add(entry.Address);
        }
    }

    private void Forget(TimeSpan now, int countMax)
    {
        // A few at a time: one that is damped is not forgotten, and many of them must not make each loss a walk over all.
        var node = _byLoss.First;
        for (var i = 0; i < 16 && node is not null; i++)
        {
            var isOver = now - node.Value.LastAt >= Limits.FlapMemory;
            if (!isOver && _entries.Count <= countMax)
            {
                return;
            }

            var next = node.Next;
            if (node.Value.DampedUntil is null)
            {
                _byLoss.Remove(node);
                _entries.Remove(node.Value.Address);
            }

            node = next;
        }
    }

    private sealed class Entry(AddressKey address)
    {
        public AddressKey Address { get; } = address;

        /// <summary>The times of the last losses, at most <see cref="Limits.FlapLossesMax"/> of them.</summary>
        public Queue<TimeSpan> Losses { get; } = new();

        public TimeSpan LastAt { get; set; }

        public TimeSpan? DampedUntil { get; set; }

        /// <summary>How often it was damped since it was last forgotten.</summary>
        public int Level { get; set; }
    }
}
