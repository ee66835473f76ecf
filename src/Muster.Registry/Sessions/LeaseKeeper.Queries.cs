using Muster.Core.Model;
using Muster.Core.Sessions;

namespace Muster.Registry.Sessions;

/// <content>What it can be asked.</content>
internal sealed partial class LeaseKeeper
{
    /// <summary>What the mass-expiry guard holds back; null in it means everything.</summary>
    public IReadOnlyList<ServiceKey?> Guarded
    {
        get
        {
            lock (_lock)
            {
                return [.. _leases.Guarded];
            }
        }
    }

    /// <summary>Whether the mass-expiry guard holds instances of a service back.</summary>
    public bool IsGuarded(ServiceKey service)
    {
        lock (_lock)
        {
            return _leases.IsGuarded(service);
        }
    }

    /// <summary>Of how many instances something is known.</summary>
    public int KnownCount
    {
        get
        {
            lock (_lock)
            {
                return _soft.CountLocked;
            }
        }
    }

    /// <summary>Whether the removal of a lease that ran out is under way.</summary>
    public bool IsExpiring
    {
        get
        {
            lock (_lock)
            {
                return _expiring.Count > 0;
            }
        }
    }

    /// <summary>What is known of an instance.</summary>
    public SoftState StateOf(InstanceKey instance)
    {
        lock (_lock)
        {
            return _soft.OfLocked(instance);
        }
    }

    /// <summary>What is known of the instances, in their order.</summary>
    public IReadOnlyList<(InstanceRecord Record, SoftState State)> StatesOf(IEnumerable<InstanceRecord> instances)
    {
        lock (_lock)
        {
            return [.. instances.Select(i => (i, _soft.OfLocked(i.Key)))];
        }
    }

    /// <summary>What was seen of a lease; null if it does not run here.</summary>
    public LeaseSigns? SignsOf(LeaseId lease)
    {
        lock (_lock)
        {
            return _leases.SignsOf(lease, _clock.Now);
        }
    }

    /// <summary>Which instances of a lease are gone for good, as its provider must hear before it goes on; the lease itself may be
    /// gone too.</summary>
    public IReadOnlyCollection<FinalAnswer> FinalAnswersOf(LeaseId lease)
    {
        lock (_lock)
        {
            return _finals.OfLocked(lease);
        }
    }

    /// <summary>Whether the lease runs here.</summary>
    public bool IsRunning(LeaseId lease)
    {
        lock (_lock)
        {
            return _leases.Contains(lease);
        }
    }

    /// <summary>Whether a session stream keeps the lease.</summary>
    public bool HasStream(LeaseId lease)
    {
        lock (_lock)
        {
            return _leases.HasStream(lease);
        }
    }
}
