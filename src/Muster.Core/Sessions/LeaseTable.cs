using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>Decides who lives: leases with their renewals, streams and deadlines.</summary>
/// <remarks>
/// Each call is a step: it takes <c>now</c>, changes the table, and appends what follows to <c>outputs</c>. No clock, no
/// threads; the owner calls <see cref="Tick"/> at <see cref="NextWake"/>.
/// <para>Two phases: a lost stream, or half the TTL without a renewal, turns the lease's instances
/// <see cref="Liveness.Timeout"/>; a renewal or a new stream turns them <see cref="Liveness.Alive"/> again; the full TTL
/// after the last renewal ends the lease. Never earlier.</para>
/// <para>A renewal is O(1): it only moves the lease's own deadline. The wake-up queue holds one entry per lease, which finds
/// out about later renewals when it comes up, and goes back.</para>
/// </remarks>
public sealed class LeaseTable
{
    private readonly Dictionary<LeaseId, Entry> _entries = [];
    private readonly PriorityQueue<Entry, TimeSpan> _wakes = new();

    /// <summary>Leases in the table.</summary>
    public int Count => _entries.Count;

    /// <summary>Entries of the wake-up queue, those of ended leases included.</summary>
    internal int PendingWakes => _wakes.Count;

    /// <summary>When <see cref="Tick"/> has to be called next; null if there is nothing to wait for.</summary>
    public TimeSpan? NextWake => _wakes.TryPeek(out _, out var at) ? at : null;

    /// <summary>Whether the lease runs.</summary>
    public bool Contains(LeaseId lease) => _entries.ContainsKey(lease);

    /// <summary>Whether a session stream keeps the lease right now.</summary>
    public bool HasStream(LeaseId lease) => _entries.TryGetValue(lease, out var entry) && entry.StreamGeneration is not null;

    /// <summary>What is known of the lease's instances; <see cref="Liveness.Unknown"/> for a lease that is not here.</summary>
    public Liveness LivenessOf(LeaseId lease) => _entries.TryGetValue(lease, out var entry) ? entry.Liveness : Liveness.Unknown;

    /// <summary>The lease's TTL, or null.</summary>
    public TimeSpan? TtlOf(LeaseId lease) => _entries.TryGetValue(lease, out var entry) ? entry.Ttl : null;

    /// <summary>What was seen of the lease, or null.</summary>
    public LeaseSigns? SignsOf(LeaseId lease, TimeSpan now) => _entries.TryGetValue(lease, out var entry) ? SignsOf(entry, now) : null;

    /// <summary>Starts a lease, as if renewed now.</summary>
    /// <param name="lease">Not in the table yet.</param>
    /// <param name="ttl">Its TTL.</param>
    /// <param name="liveness">Alive for a new lease; Unknown for one found in the store after a restart, whose provider has
    /// not been heard since.</param>
    /// <param name="now">The monotonic time.</param>
    public void Start(LeaseId lease, TimeSpan ttl, Liveness liveness, TimeSpan now)
    {
        var entry = new Entry(lease, ttl) { LastRenewal = now, Liveness = liveness, IsHeard = liveness != Liveness.Unknown };
        _entries.Add(lease, entry);
        _wakes.Enqueue(entry, now + ttl / 2);
    }

    /// <summary>A session stream takes the lease over; it replaces an earlier stream, and counts as a renewal.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="generation">Names this stream, so that the late end of an earlier one does no harm.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="outputs">Takes what follows.</param>
    /// <param name="client">What the provider calls itself; empty leaves the name that is known.</param>
    /// <returns>False if the lease is not here: it lapsed, or never was.</returns>
    public bool Attach(LeaseId lease, long generation, TimeSpan now, List<LeaseOutput> outputs, string client = "")
    {
        if (!_entries.TryGetValue(lease, out var entry))
        {
            return false;
        }

        entry.StreamGeneration = generation;
        entry.StreamLostAt = null;
        entry.Client = client.Length > 0 ? client : entry.Client;
        return Renew(lease, now, outputs);
    }

    /// <summary>A sign of life.</summary>
    /// <returns>False if the lease is not here: it lapsed, or never was.</returns>
    public bool Renew(LeaseId lease, TimeSpan now, List<LeaseOutput> outputs)
    {
        if (!_entries.TryGetValue(lease, out var entry))
        {
            return false;
        }

        entry.LastRenewal = now;
        entry.IsHeard = true;
        SetLiveness(entry, Liveness.Alive, outputs);
        return true;
    }

    /// <summary>A session stream ended without the lease being given back.</summary>
    public void LoseStream(LeaseId lease, long generation, TimeSpan now, List<LeaseOutput> outputs)
    {
        if (_entries.TryGetValue(lease, out var entry) && entry.StreamGeneration == generation)
        {
            entry.StreamGeneration = null;
            entry.StreamLostAt = now;
            SetLiveness(entry, Liveness.Timeout, outputs);
        }
    }

    /// <summary>The lease was given back, or its last instance is gone.</summary>
    public void End(LeaseId lease)
    {
        _entries.Remove(lease);
        DropStaleWakes();
    }

    /// <summary>Gives a lease one full TTL from now: its removal could not be made durable, or this process was the one that
    /// stalled.</summary>
    public void Extend(LeaseId lease, TimeSpan now)
    {
        if (_entries.TryGetValue(lease, out var entry))
        {
            entry.LastRenewal = now;
        }
    }

    /// <summary>Handles what has come due.</summary>
    public void Tick(TimeSpan now, List<LeaseOutput> outputs)
    {
        while (_wakes.TryPeek(out var entry, out var at) && at <= now)
        {
            _wakes.Dequeue();
            if (!_entries.TryGetValue(entry.Lease, out var current) || !ReferenceEquals(current, entry))
            {
                continue;
            }

            var expiry = entry.LastRenewal + entry.Ttl;
            if (now >= expiry)
            {
                Expire(entry, now, outputs);
                continue;
            }

            var silence = entry.LastRenewal + entry.Ttl / 2;
            if (now >= silence)
            {
                SetLiveness(entry, Liveness.Timeout, outputs);
            }

            _wakes.Enqueue(entry, now >= silence ? expiry : silence);
        }
    }

    private static void SetLiveness(Entry entry, Liveness liveness, List<LeaseOutput> outputs)
    {
        if (entry.Liveness != liveness)
        {
            entry.Liveness = liveness;
            outputs.Add(new LeaseOutput.LivenessChanged(entry.Lease, liveness));
        }
    }

    private void Expire(Entry entry, TimeSpan now, List<LeaseOutput> outputs)
    {
        _entries.Remove(entry.Lease);
        outputs.Add(new LeaseOutput.Expired(
            entry.Lease,
            entry.StreamLostAt is null ? RemovalReason.Expired : RemovalReason.ConnectionLost,
            SignsOf(entry, now)));
    }

    private static LeaseSigns SignsOf(Entry entry, TimeSpan now) => new(
        entry.IsHeard, entry.Ttl, now - entry.LastRenewal, entry.StreamGeneration is not null, now - entry.StreamLostAt, entry.Client);

    // Ended leases leave their wake-up behind. A client that registers and leaves in a loop, with a long TTL, would grow the
    // queue for minutes; rebuilding it at twice the live size keeps the cost at O(1) per ended lease.
    private void DropStaleWakes()
    {
        if (_wakes.Count <= 2 * _entries.Count + 1024)
        {
            return;
        }

        var live = _wakes.UnorderedItems.Where(w => _entries.TryGetValue(w.Element.Lease, out var e) && ReferenceEquals(e, w.Element)).ToList();
        _wakes.Clear();
        _wakes.EnqueueRange(live);
    }

    private sealed class Entry(LeaseId lease, TimeSpan ttl)
    {
        public LeaseId Lease { get; } = lease;

        public TimeSpan Ttl { get; } = ttl;

        public TimeSpan LastRenewal { get; set; }

        public long? StreamGeneration { get; set; }

        public TimeSpan? StreamLostAt { get; set; }

        public Liveness Liveness { get; set; }

        public bool IsHeard { get; set; }

        public string Client { get; set; } = "";
    }
}
