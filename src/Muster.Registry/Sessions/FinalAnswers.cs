using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>What a provider must hear before it goes on with a lease: which of its instances are gone for good.</summary>
/// <remarks>An instance is superseded or removed most often while its provider's stream is broken or hangs, so telling it once is not
/// enough. Not thread-safe: its methods run under the lease keeper's lock. Bounded; the oldest are forgotten first, and their
/// providers then find out by being refused.</remarks>
/// <param name="answersMax">How many instances are remembered.</param>
internal sealed class FinalAnswers(int answersMax)
{
    private readonly Dictionary<LeaseId, Dictionary<InstanceKey, FinalAnswer>> _byLease = [];
    private readonly Queue<(LeaseId Lease, FinalAnswer Answer)> _order = new();

    /// <summary>Remembers that an instance of a lease is gone for good.</summary>
    public void AddLocked(LeaseId lease, FinalAnswer answer)
    {
        if (!_byLease.TryGetValue(lease, out var ofLease))
        {
            _byLease[lease] = ofLease = [];
        }

        ofLease[answer.Instance] = answer;
        // Also of one that is replaced: who loses the same instance again and again must not grow the queue without its map.
        _order.Enqueue((lease, answer));
        while (_order.Count > answersMax)
        {
            var (oldest, forgotten) = _order.Dequeue();
            if (ReferenceEquals(_byLease.GetValueOrDefault(oldest)?.GetValueOrDefault(forgotten.Instance), forgotten))
            {
                ForgetLocked(oldest, forgotten.Instance);
            }
        }
    }

    /// <summary>The instance is announced again, on purpose.</summary>
    public void ForgetLocked(LeaseId lease, InstanceKey instance)
    {
        if (_byLease.TryGetValue(lease, out var ofLease) && ofLease.Remove(instance) && ofLease.Count == 0)
        {
            _byLease.Remove(lease);
        }
    }

    /// <summary>What the lease's provider must hear.</summary>
    public IReadOnlyCollection<FinalAnswer> OfLocked(LeaseId lease) => _byLease.GetValueOrDefault(lease)?.Values.ToArray() ?? [];
}
