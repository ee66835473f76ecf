using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>Which providers were asked whether they live, and have not answered yet.</summary>
/// <remarks>A step; not thread-safe. One ping a lease at a time: who asks meanwhile waits for the same answer, so it holds at most
/// one entry for each session. No answer within <see cref="Limits.PingPatience"/> is an answer; but not if this process stood still
/// meanwhile, because the provider's may lie unread.</remarks>
public sealed class PingTable
{
    private readonly Dictionary<LeaseId, TimeSpan> _asked = [];

    /// <summary>When <see cref="Tick"/> has to be called next; null if nobody was asked.</summary>
    public TimeSpan? NextWake { get; private set; }

    /// <summary>Pings without an answer.</summary>
    public int Count => _asked.Count;

    /// <summary>Somebody wants to know whether a provider lives.</summary>
    /// <returns>Whether it is to be asked; false if it has been already.</returns>
    public bool Ask(LeaseId lease, TimeSpan now)
    {
        var isNew = _asked.TryAdd(lease, now);
        Rearm();
        return isNew;
    }

    /// <summary>The provider sent something, or its stream ended: the question is settled.</summary>
    /// <returns>Whether anybody had asked.</returns>
    public bool Settle(LeaseId lease)
    {
        var wasAsked = _asked.Remove(lease);
        Rearm();
        return wasAsked;
    }

    /// <summary>Handles what has come due.</summary>
    /// <param name="now">The monotonic time.</param>
    /// <param name="ended">Takes the leases whose time is over, with whether they must be taken for alive all the same.</param>
    public void Tick(TimeSpan now, List<(LeaseId Lease, bool IsAlive)> ended)
    {
        if (NextWake > now)
        {
            return;
        }

        foreach (var (lease, at) in _asked)
        {
            var waited = now - at;
            if (waited >= Limits.PingPatience)
            {
                ended.Add((lease, waited >= Limits.PingPatience + Limits.StallMin));
            }
        }

        foreach (var (lease, _) in ended)
        {
            _asked.Remove(lease);
        }

        Rearm();
    }

    // Takeovers of living instances are rare, so there are few.
    private void Rearm() => NextWake = _asked.Count == 0 ? null : _asked.Values.Min() + Limits.PingPatience;
}
