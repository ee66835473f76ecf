using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>Decides who lives: leases with their renewals, streams and deadlines.</summary>
/// <remarks>
/// Each call is a step: it takes <c>now</c>, changes the table, and appends what follows to <c>outputs</c>. No clock, no
/// threads; the owner calls <see cref="Tick"/> at <see cref="NextWake"/>.
/// <para>Two phases: a lost stream, or half the TTL without a renewal, turns the lease's instances
/// <see cref="Liveness.Timeout"/>; a renewal or a new stream turns them <see cref="Liveness.Alive"/> again; the full TTL
/// after the last renewal ends the lease. Never earlier.</para>
/// <para>Many that fall silent at once are held back by the <see cref="ExpiryGuard"/>; those whose stream the peer closed are
/// not, and expire when their TTL is over.</para>
/// <para>A renewal is O(1): it only moves the lease's own deadline. The wake-up queue holds one entry per lease, which finds
/// out about later renewals when it comes up, and goes back.</para>
/// </remarks>
/// <param name="isGuarded">Whether the <see cref="ExpiryGuard"/> may hold leases back.</param>
public sealed partial class LeaseTable(bool isGuarded = true)
{
    private readonly Dictionary<LeaseId, Entry> _entries = [];
    private readonly PriorityQueue<Entry, TimeSpan> _wakes = new();
    private readonly ExpiryGuard _guard = new();

    // Leases in TIMEOUT whose stream nobody closed: what the guard counts.
    private readonly HashSet<Entry> _silent = [];

    // Leases whose TTL ran out in silence, and that the guard holds or has held; in the order of their time.
    private readonly LinkedList<Entry> _held = new();
    private TimeSpan? _guardAt;

    /// <summary>Leases in the table.</summary>
    public int Count => _entries.Count;

    /// <summary>Entries of the wake-up queue, those of ended leases included.</summary>
    internal int PendingWakes => _wakes.Count;

    /// <summary>When <see cref="Tick"/> has to be called next; null if there is nothing to wait for.</summary>
    public TimeSpan? NextWake => _wakes.TryPeek(out _, out var at) ? (_guardAt < at ? _guardAt : at) : _guardAt;

    /// <summary>What the mass-expiry guard holds back; null in it means everything.</summary>
    public IEnumerable<ServiceKey?> Guarded => _guard.Holding;

    /// <summary>Whether the mass-expiry guard holds instances of a service back.</summary>
    public bool IsGuarded(ServiceKey service) => _guard.Holds(service);

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
        var entry = new Entry(lease, ttl)
        {
            LastRenewal = now,
            CountedFrom = now,
            Liveness = liveness,
            IsHeard = liveness != Liveness.Unknown,
        };
        _entries.Add(lease, entry);
        Wake(entry, now + ttl / 2);
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
        entry.IsPeerGone = false;
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

        entry.LastRenewal = entry.CountedFrom = now;
        entry.IsHeard = true;
        _silent.Remove(entry);
        Unhold(entry, now + entry.Ttl / 2);
        SetLiveness(entry, Liveness.Alive, outputs);
        return true;
    }

    /// <summary>A session stream ended without the lease being given back.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="generation">Which stream.</param>
    /// <param name="isSilent">Whether this side gave it up because nothing came, rather than the peer closing it.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="outputs">Takes what follows.</param>
    public void LoseStream(LeaseId lease, long generation, bool isSilent, TimeSpan now, List<LeaseOutput> outputs)
    {
        if (_entries.TryGetValue(lease, out var entry) && entry.StreamGeneration == generation)
        {
            entry.StreamGeneration = null;
            entry.StreamLostAt = now;
            entry.IsPeerGone = !isSilent;
            TimeOut(entry, outputs);
            if (entry.IsPeerGone)
            {
                // Its peer closed the stream: that is more than silence, and the guard has nothing to say about it.
                _silent.Remove(entry);
                Unhold(entry, now);
            }
        }
    }

    /// <summary>The lease was given back, or its last instance is gone.</summary>
    public void End(LeaseId lease)
    {
        if (_entries.Remove(lease, out var entry))
        {
            Forget(entry);
        }

        DropStaleWakes();
    }

    /// <summary>Gives every lease one full TTL from now: this process was the one that stood still, and may not have read what
    /// reached it.</summary>
    /// <remarks>Only until <see cref="Limits.GuardTtlsMax"/> TTLs after the last renewal, so that a process which stands still
    /// again and again does not list the dead for ever.</remarks>
    public void ExtendAll(TimeSpan now)
    {
        foreach (var entry in _entries.Values)
        {
            if (now - entry.LastRenewal < Limits.GuardTtlsMax * entry.Ttl)
            {
                entry.CountedFrom = now;
                Unhold(entry, now + entry.Ttl);
            }
        }
    }

    /// <summary>Ends the guard's holding on an operator's word.</summary>
    /// <param name="service">For one service; null for everything.</param>
    /// <param name="outputs">Takes what follows.</param>
    /// <returns>Whether it held anything.</returns>
    public bool ReleaseGuard(ServiceKey? service, List<LeaseOutput> outputs)
    {
        var notices = new List<GuardNotice>();
        var wasHolding = _guard.Release(service, notices);
        outputs.AddRange(notices.Select(n => new LeaseOutput.Guard(n)));
        return wasHolding;
    }

    /// <summary>Handles what has come due.</summary>
    /// <param name="now">The monotonic time.</param>
    /// <param name="catalog">What the leases hold; a lease that is not in it holds nothing.</param>
    /// <param name="outputs">Takes what follows.</param>
    public void Tick(TimeSpan now, CatalogSnapshot catalog, List<LeaseOutput> outputs)
    {
        var isGuardDue = _guardAt <= now;
        while (_wakes.TryPeek(out var entry, out var at) && at <= now)
        {
            _wakes.Dequeue();
            entry.IsWaiting = false;
            if (!_entries.TryGetValue(entry.Lease, out var current) || !ReferenceEquals(current, entry))
            {
                continue;
            }

            if (entry.Held is not null || entry.IsChecked)
            {
                continue;
            }

            var expiry = entry.CountedFrom + entry.Ttl;
            if (now >= expiry)
            {
                if (!entry.IsPeerGone)
                {
                    // Whether it may go is decided below, when all that are due are counted.
                    TimeOut(entry, outputs);
                    entry.DueAt = now;
                    entry.Held = _held.AddLast(entry);
                    isGuardDue = true;
                }
                else
                {
                    Expire(entry, now, outputs);
                }

                continue;
            }

            var silence = entry.CountedFrom + entry.Ttl / 2;
            if (now >= silence)
            {
                TimeOut(entry, outputs);
            }

            Wake(entry, now >= silence ? expiry : silence);
        }

        if (isGuardDue)
        {
            ExpireSilent(now, catalog, outputs);
        }
    }

    /// <summary>Expires those who came due in silence, as far as the guard lets them go.</summary>
    private void ExpireSilent(TimeSpan now, CatalogSnapshot catalog, List<LeaseOutput> outputs)
    {
        var notices = new List<GuardNotice>();
        if (isGuarded)
        {
            _guard.Observe(_silent.Select(e => HoldingOf(catalog, e)).OfType<LeaseHolding>(), catalog, now, notices);
            outputs.AddRange(notices.Select(n => new LeaseOutput.Guard(n)));
        }

        for (var node = _held.First; node is not null;)
        {
            var entry = node.Value;
            node = node.Next;
            var holding = HoldingOf(catalog, entry);
            if (holding is not null)
            {
                var isOver = now - entry.DueAt >= Limits.GuardTtlsMax * entry.Ttl;
                if (isGuarded && _guard.Holds(holding) && !isOver)
                {
                    entry.WasHeld = true;
                    continue;
                }

                if (entry.WasHeld && !_guard.TryTakeAllowance(holding))
                {
                    continue;
                }

                _guard.OnDeparted(holding, now);
            }

            Expire(entry, now, outputs);
        }

        // The guard ends by itself once those who were silent are back: it has to look, even if nobody is held any more.
        _guardAt = _held.Count > 0 || _guard.IsActive ? now + Limits.GuardInterval : null;
    }

    private void Wake(Entry entry, TimeSpan at)
    {
        entry.IsWaiting = true;
        _wakes.Enqueue(entry, at);
    }

    private static LeaseHolding? HoldingOf(CatalogSnapshot catalog, Entry entry) =>
        catalog.Leases.TryGetValue(entry.Lease, out var holding) && !holding.Instances.IsEmpty ? holding : null;

    private void TimeOut(Entry entry, List<LeaseOutput> outputs)
    {
        if (entry.IsChecked)
        {
            return;
        }

        SetLiveness(entry, Liveness.Timeout, outputs);
        if (!entry.IsPeerGone)
        {
            _silent.Add(entry);
        }
    }

    /// <summary>A lease that waits for the guard goes back to waiting for its time.</summary>
    private void Unhold(Entry entry, TimeSpan wakeAt)
    {
        if (entry.Held is { } node)
        {
            _held.Remove(node);
            entry.Held = null;
            entry.WasHeld = false;
            Wake(entry, wakeAt);
        }
    }

    private void Forget(Entry entry)
    {
        _silent.Remove(entry);
        if (entry.Held is { } node)
        {
            _held.Remove(node);
            entry.Held = null;
        }
    }

    private static void SetLiveness(Entry entry, Liveness liveness, List<LeaseOutput> outputs)
    {
        if (entry.Liveness != liveness && !entry.IsChecked)
        {
            entry.Liveness = liveness;
            outputs.Add(new LeaseOutput.LivenessChanged(entry.Lease, liveness));
        }
    }

    private void Expire(Entry entry, TimeSpan now, List<LeaseOutput> outputs)
    {
        _entries.Remove(entry.Lease);
        Forget(entry);
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

        /// <summary>Where its TTL counts from: the last renewal, or the end of a stall after it.</summary>
        public TimeSpan CountedFrom { get; set; }

        /// <summary>When its TTL ran out in silence.</summary>
        public TimeSpan DueAt { get; set; }

        /// <summary>Its place among those whose TTL ran out in silence; null if it is not one of them.</summary>
        public LinkedListNode<Entry>? Held { get; set; }

        /// <summary>Whether it is in the wake-up queue.</summary>
        public bool IsWaiting { get; set; }

        /// <summary>Whether the guard has ever held it back.</summary>
        public bool WasHeld { get; set; }

        public long? StreamGeneration { get; set; }

        public TimeSpan? StreamLostAt { get; set; }

        /// <summary>Whether its peer closed the stream that was lost: evidence that it is gone.</summary>
        public bool IsPeerGone { get; set; }

        public Liveness Liveness { get; set; }

        public bool IsHeard { get; set; }

        /// <summary>Whether the registry itself checks what it holds.</summary>
        public bool IsChecked { get; set; }

        public string Client { get; set; } = "";
    }
}
