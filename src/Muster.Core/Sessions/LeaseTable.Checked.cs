using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <content>Leases whose instance the registry checks itself.</content>
public sealed partial class LeaseTable
{
    /// <summary>Says whether the registry itself checks what the lease holds. Then no renewal is expected: the lease neither times out
    /// nor ends, and its liveness is what the checks say. When that is over, it begins one full TTL.</summary>
    /// <param name="lease">The lease; nothing happens if it does not run.</param>
    /// <param name="isChecked">Whether.</param>
    /// <param name="now">The monotonic time.</param>
    public void SetChecked(LeaseId lease, bool isChecked, TimeSpan now)
    {
        if (!_entries.TryGetValue(lease, out var entry) || entry.IsChecked == isChecked)
        {
            return;
        }

        entry.IsChecked = isChecked;
        if (isChecked)
        {
            Forget(entry);
            entry.WasHeld = false;
            entry.Liveness = Liveness.Unknown;
            return;
        }

        entry.LastRenewal = entry.CountedFrom = now;
        entry.Liveness = Liveness.Alive;
        // A wake that still waits comes before the TTL is over. A second would be one more for each change of mind.
        if (!entry.IsWaiting)
        {
            Wake(entry, now + entry.Ttl / 2);
        }
    }

    /// <summary>Whether the registry itself checks what the lease holds.</summary>
    public bool IsChecked(LeaseId lease) => _entries.TryGetValue(lease, out var entry) && entry.IsChecked;
}
