using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Discovery.Cache;

/// <summary>Decides which views are written to disk, and when. A step: it takes the time and does no I/O.</summary>
/// <remarks>Not thread-safe. Bounded by the services that a client may watch.</remarks>
internal sealed class ViewCacheStep(TimeSpan ageMax)
{
    /// <summary>Changes of a service within this time are one write. A process that is killed loses no more than this.</summary>
    public static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(5);

    /// <summary>How long a disk that refused is left alone.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private readonly Dictionary<ServiceKey, Entry> _entries = [];

    /// <summary>A file that did not change is written again after this time while the registry is heard, so that its age is that of
    /// the last word from the registry, to a tenth of what is allowed.</summary>
    public TimeSpan StampInterval { get; } = ageMax / 10;

    /// <summary>When <see cref="TakeDue"/> has something to do; null is never.</summary>
    public TimeSpan? WakeAt
    {
        get
        {
            TimeSpan? wake = null;
            foreach (var entry in _entries.Values)
            {
                wake = Earlier(wake, Earlier(entry.DueAt, entry.StampAt));
            }

            return wake;
        }
    }

    /// <summary>What lies on disk was read.</summary>
    public void OnRead(KeptView kept, TimeSpan now)
    {
        var entry = EntryOf(kept.Service);
        if (entry.Kept is null)
        {
            entry.Kept = kept;
            entry.StampAt = now + StampInterval - kept.Age;
            HoldIfForeign(entry, now);
        }
    }

    /// <summary>The registry showed a view.</summary>
    public void OnView(ServiceView view, string storeId, TimeSpan now)
    {
        var entry = EntryOf(view.Key);
        (entry.Latest, entry.StoreId) = (view, storeId);
        entry.DueAt ??= now + WriteInterval;
        HoldIfForeign(entry, now);
    }

    /// <summary>Takes what is to be written now. An empty view is to be deleted.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isUp">Whether the registry is heard.</param>
    /// <param name="isLast">Whether there will be no later.</param>
    public IReadOnlyList<KeptView> TakeDue(TimeSpan now, bool isUp, bool isLast)
    {
        List<KeptView> due = [];
        foreach (var (service, entry) in _entries)
        {
            var isStampDue = entry.StampAt <= now;
            if (!isStampDue && !(entry.DueAt <= now || (isLast && entry.DueAt is not null)))
            {
                continue;
            }

            if (entry.HeldUntil > now)
            {
                entry.StampAt = null;
                continue;
            }

            (entry.DueAt, entry.StampAt) = (null, isStampDue ? null : entry.StampAt);
            if (entry.Latest is { } view && (IsNew(entry, view) || (isStampDue && isUp && !view.Instances.IsEmpty)))
            {
                due.Add(new KeptView(service, entry.StoreId, TimeSpan.Zero, view.Instances));
            }
        }

        return due;
    }

    /// <summary>A view is on disk, or can never be.</summary>
    public void OnKept(KeptView view, TimeSpan now)
    {
        var entry = EntryOf(view.Service);
        entry.Kept = view;
        entry.StampAt = view.Instances.IsEmpty ? null : now + StampInterval;
    }

    /// <summary>The disk refused a view.</summary>
    public void OnFailed(KeptView view, TimeSpan now) => EntryOf(view.Service).DueAt = now + RetryAfter;

    // A registry that lost its records comes back empty or half full: until its providers are back, the list of the former store is
    // the better one, and a client that starts now is to find it.
    private static void HoldIfForeign(Entry entry, TimeSpan now)
    {
        if (entry is { Latest: not null, Kept: { Instances.IsEmpty: false } kept }
            && kept.StoreId != entry.StoreId && entry.HeldFor != entry.StoreId)
        {
            (entry.HeldFor, entry.HeldUntil) = (entry.StoreId, now + Limits.ForeignStoreGrace + WriteInterval);
        }

        entry.DueAt = entry.HeldUntil > entry.DueAt ? entry.HeldUntil : entry.DueAt;
    }

    private static bool IsNew(Entry entry, ServiceView view) => entry.Kept is { } kept
        ? kept.StoreId != entry.StoreId || !KeptView.AreAlike(kept.Instances, view.Instances)
        : !view.Instances.IsEmpty;

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;

    private Entry EntryOf(ServiceKey service)
    {
        if (!_entries.TryGetValue(service, out var entry))
        {
            entry = new Entry();
            _entries.Add(service, entry);
        }

        return entry;
    }

    private sealed class Entry
    {
        public ServiceView? Latest { get; set; }

        public string StoreId { get; set; } = "";

        /// <summary>What is on disk; null if nothing is, as far as this process knows.</summary>
        public KeptView? Kept { get; set; }

        public TimeSpan? DueAt { get; set; }

        public TimeSpan? StampAt { get; set; }

        /// <summary>The store whose list is not written yet.</summary>
        public string? HeldFor { get; set; }

        public TimeSpan? HeldUntil { get; set; }
    }
}
