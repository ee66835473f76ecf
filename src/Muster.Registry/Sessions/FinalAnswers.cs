using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>What a provider must hear before it goes on with a lease: which of its instances are gone for good.</summary>
/// <remarks>An instance is superseded or removed most often while its provider's stream is broken or hangs, so telling it once is not
/// enough. Not thread-safe: its methods run under the lease keeper's lock. Bounded; the oldest leases are forgotten first, and
/// their providers then find out by being refused.</remarks>
/// <param name="leasesMax">How many leases are remembered.</param>
internal sealed class FinalAnswers(int leasesMax)
{
    private readonly Dictionary<LeaseId, Dictionary<InstanceKey, FinalAnswer>> _byLease = [];
    private readonly Queue<LeaseId> _order = new();

    /// <summary>Remembers that an instance of a lease is gone for good.</summary>
    public void AddLocked(LeaseId lease, FinalAnswer answer)
    {
        if (!_byLease.TryGetValue(lease, out var ofLease))
        {
            _byLease[lease] = ofLease = [];
            _order.Enqueue(lease);
            while (_order.Count > leasesMax)
            {
                _byLease.Remove(_order.Dequeue());
            }
        }

        ofLease[answer.Instance] = answer;
    }

    /// <summary>The instance is announced again, on purpose.</summary>
    public void ForgetLocked(LeaseId lease, InstanceKey instance) => _byLease.GetValueOrDefault(lease)?.Remove(instance);

    /// <summary>What the lease's provider must hear.</summary>
    public IReadOnlyCollection<FinalAnswer> OfLocked(LeaseId lease) => _byLease.GetValueOrDefault(lease)?.Values.ToArray() ?? [];
}
