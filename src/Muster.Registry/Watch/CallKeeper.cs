using Muster.Core.Calls;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Watch;

/// <summary>Drives <see cref="CallTable"/>: brings it what callers say, the ends of their streams, and the instances that left.</summary>
/// <remarks>Thread-safe. It wakes nobody and writes nothing: whoever wants to know asks.</remarks>
internal sealed class CallKeeper(WatchHub hub, MonotonicClock clock, NodeLimits limits) : ICatalogFollower
{
    // Guards the table. Taken last: nothing under it takes another lock.
    private readonly Lock _lock = new();
    private readonly CallTable _table = new(limits.CallEntriesMax, limits.CallEntriesPerWatchMax);

    /// <summary>Pairs of a watch stream and an instance.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _table.Count;
            }
        }
    }

    /// <summary>Takes what a watcher says of an instance; of one that is not listed nothing is kept.</summary>
    /// <returns>Null, or the limit that is reached.</returns>
    public Refusal? Report(Watcher watcher, InstanceKey instance, in CallReport report)
    {
        lock (_lock)
        {
            // Under the lock: an instance that leaves now is missing here already, or is forgotten once this is done.
            if (hub.Catalog.Current.Find(instance) is null)
            {
                return null;
            }

            return _table.Report(watcher.Id, watcher.Name, instance, report, clock.Now) switch
            {
                CallVerdict.CallerIsFull => Refusal.Exhausted(
                    "instances with call statistics", limits.CallEntriesPerWatchMax, limits.CallEntriesPerWatchMax, "on one stream"),
                CallVerdict.TableIsFull => Refusal.Exhausted(
                    "call statistics", limits.CallEntriesMax, limits.CallEntriesMax, "on one node"),
                _ => null,
            };
        }
    }

    /// <summary>A watcher watches a service no more.</summary>
    public void OnUnsubscribed(Watcher watcher, ServiceKey service)
    {
        lock (_lock)
        {
            _table.Leave(watcher.Id, service);
        }
    }

    /// <summary>A watch stream has ended: nothing more comes from it.</summary>
    public void OnClosed(Watcher watcher)
    {
        lock (_lock)
        {
            _table.Leave(watcher.Id);
        }
    }

    /// <summary>What is said of an instance; null if nothing is.</summary>
    public CallTotals? Of(InstanceKey instance)
    {
        lock (_lock)
        {
            return _table.Of(instance, clock.Now);
        }
    }

    /// <summary>What is said of instances, the worst first.</summary>
    public IReadOnlyList<CallTotals> List(Func<ServiceKey, bool> isMeant, bool onlyTripped, int limit, out int count)
    {
        lock (_lock)
        {
            return _table.List(isMeant, onlyTripped, limit, clock.Now, out count);
        }
    }

    public void Start(CatalogSnapshot snapshot)
    {
        lock (_lock)
        {
            _table.RemoveWhere(i => snapshot.Find(i) is null);
        }
    }

    public void Apply(IReadOnlyList<CatalogEvent> events)
    {
        lock (_lock)
        {
            foreach (var change in events)
            {
                if (change is CatalogEvent.Removed { Instance: var instance })
                {
                    _table.Remove(instance);
                }
            }
        }
    }
}
