using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <content>What becomes of leases that ran out.</content>
internal sealed partial class LeaseKeeper
{
    // Made durable together. A hundred thousand leases may run out in one moment: all at once they would stand before every call in the
    // thread pool's queue, and in the store's; so many are a commit, and calls go on between two.
    private const int ExpiriesAtOnce = 1024;

    // From here on they share a line of the log, which a rack that burns would drown otherwise. Each is in the history.
    private const int ExpiriesLoggedOneByOne = 16;

    // Leases that ran out and whose removal is under way, or waits for its turn in the queue. No more than there are leases.
    private readonly HashSet<LeaseId> _expiring = [];
    private readonly Queue<LeaseOutput.Expired> _expired = new();
    private ExpiryHandler? _expire;
    private bool _isExpiring;

    /// <summary>Makes the end of a lease durable.</summary>
    /// <param name="expired">The lease, and why.</param>
    /// <param name="isOneOfMany">Whether so many end with it that a line of the log for each would be too much.</param>
    public delegate Task ExpiryHandler(LeaseOutput.Expired expired, bool isOneOfMany);

    /// <summary>Says who makes expiries durable. Set once, before the server listens.</summary>
    public void OnExpired(ExpiryHandler expire) => _expire = expire;

    private void ExpireLocked(LeaseOutput.Expired expired)
    {
        _expiring.Add(expired.Lease);
        _expired.Enqueue(expired);
        if (!_isExpiring)
        {
            _isExpiring = true;
            _ = ExpireAllAsync();
        }
    }

    private async Task ExpireAllAsync()
    {
        // Off the lock and the timer's thread: making it durable may take a while.
        await Task.Yield();
        while (NextExpiries() is { Length: > 0 } batch)
        {
            if (batch.Length > ExpiriesLoggedOneByOne)
            {
                LogExpiredAtOnce(batch.Length);
            }

            await Task.WhenAll(batch.Select(expired => ExpireAsync(expired, batch.Length > ExpiriesLoggedOneByOne)));
        }
    }

    private LeaseOutput.Expired[] NextExpiries()
    {
        lock (_lock)
        {
            var batch = new LeaseOutput.Expired[Math.Min(_expired.Count, ExpiriesAtOnce)];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = _expired.Dequeue();
            }

            _isExpiring = batch.Length > 0;
            return batch;
        }
    }

    private async Task ExpireAsync(LeaseOutput.Expired expired, bool isOneOfMany)
    {
        try
        {
            await (_expire ?? throw new InvalidOperationException("Nobody makes expiries durable.")).Invoke(expired, isOneOfMany);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogExpiryFailed(expired.Lease, e);
        }

        // What could not be removed stays, with one full TTL from now; its provider may yet come back to it. That is so without an
        // error, too, if others changed its instances meanwhile: without it nobody would ever end the lease.
        lock (_lock)
        {
            _expiring.Remove(expired.Lease);
            ReadmitLocked(expired.Lease);
        }
    }

    // Begins a lease again that is in the records and runs nowhere, since nobody would ever end it otherwise. One whose removal is under
    // way may have been seen by it; if it was not, that removal readmits it at its end.
    private void ReadmitLocked(LeaseId lease)
    {
        if (_catalog.Leases.TryGetValue(lease, out var holding) && !_leases.Contains(lease) && !_expiring.Contains(lease))
        {
            StartLocked(holding, Liveness.Timeout);
            ArmWake();
        }
    }
}
