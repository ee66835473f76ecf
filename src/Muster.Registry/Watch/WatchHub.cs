using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Fanout;
using Muster.Core.Model;

namespace Muster.Registry.Watch;

/// <summary>Hands each change to the watchers of its service: encoded once, the same bytes for everyone.</summary>
internal sealed class WatchHub(DrainWaits drains, NodeLimits limits)
{
    // Guards everything below. Lock order: lease keeper, then hub, then watcher, then drains.
    private readonly Lock _lock = new();
    private readonly Dictionary<ServiceKey, HashSet<Watcher>> _byService = [];
    private readonly HashSet<Watcher> _watchers = [];
    private EventRing _ring = new(Limits.EventRingLength, Revision.None);
    private Catalog? _catalog;
    private long _lastId;
    private int _subscriptions;

    /// <summary>The catalog whose changes are handed out.</summary>
    public Catalog Catalog => _catalog ?? throw new InvalidOperationException("The catalog is not loaded yet.");

    /// <summary>Open watch streams.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _watchers.Count;
            }
        }
    }

    /// <summary>Begins with what the store held.</summary>
    public void Start(Catalog catalog)
    {
        lock (_lock)
        {
            _catalog = catalog;
            _ring = new EventRing(Limits.EventRingLength, catalog.Current.Revision);
        }
    }

    /// <summary>All records were replaced: every watcher gets a snapshot, whatever it has seen.</summary>
    public void StartOver()
    {
        lock (_lock)
        {
            _ring = new EventRing(Limits.EventRingLength, Catalog.Current.Revision);
            foreach (var watcher in _watchers)
            {
                watcher.StartOver();
            }
        }
    }

    /// <summary>Admits a watch stream.</summary>
    /// <param name="peer">Where it comes from.</param>
    /// <param name="canAcknowledge">Whether the stream can carry acknowledgements.</param>
    /// <returns>Null if the node holds <see cref="NodeLimits.WatchesMax"/> already.</returns>
    public Watcher? TryOpen(string peer, bool canAcknowledge)
    {
        lock (_lock)
        {
            if (_watchers.Count >= limits.WatchesMax)
            {
                return null;
            }

            var watcher = new Watcher(++_lastId, peer, canAcknowledge);
            _watchers.Add(watcher);
            return watcher;
        }
    }

    /// <summary>Starts a subscription, or starts it over.</summary>
    /// <param name="watcher">Who watches.</param>
    /// <param name="service">What.</param>
    /// <param name="selector">Which instances.</param>
    /// <param name="withLoad">Whether load reports are wanted.</param>
    /// <param name="resume">Where an earlier watch of this store ended; null for a snapshot.</param>
    /// <returns>False if the node holds <see cref="NodeLimits.SubscriptionsMax"/> already.</returns>
    public bool TrySubscribe(Watcher watcher, ServiceKey service, MetadataSelector selector, bool withLoad, Revision? resume)
    {
        lock (_lock)
        {
            if (!_byService.TryGetValue(service, out var watchers))
            {
                watchers = [];
            }

            if (watchers.Add(watcher) && ++_subscriptions > limits.SubscriptionsMax)
            {
                _subscriptions--;
                watchers.Remove(watcher);
                return false;
            }

            _byService[service] = watchers;
            // Under the hub's lock the ring and the subscription agree: an event is in the ring now, or is published later.
            var missed = resume is { } revision ? _ring.After(revision, service) : null;
            watcher.Subscribe(service, selector, withLoad, missed is null ? null : resume, WatchMessages.EncodeAll(missed ?? []));
            return true;
        }
    }

    /// <summary>Ends a subscription.</summary>
    public void Unsubscribe(Watcher watcher, ServiceKey service)
    {
        lock (_lock)
        {
            watcher.Unsubscribe(service);
            Drop(watcher, service);
        }

        drains.OnLeft(watcher.Id, service);
    }

    /// <summary>A watcher has seen a revision of a service.</summary>
    public void Acknowledge(Watcher watcher, ServiceKey service, Revision revision)
    {
        watcher.Acknowledge(service, revision);
        drains.OnAcknowledged(watcher.Id, service, revision);
    }

    /// <summary>Waits until those who watch a service now know what is published of it now.</summary>
    /// <returns>Null if too many wait already.</returns>
    public Task<DrainOutcome>? AwaitWatchers(ServiceKey service, TimeSpan patience)
    {
        // All under the lock: a watcher that leaves is not among them, or leaves after the wait began and is noticed.
        lock (_lock)
        {
            var watchers = _byService.GetValueOrDefault(service)?.ToDictionary(w => w.Id) ?? [];
            return drains.TryBegin(
                service,
                [.. watchers.Values.OrderBy(w => w.Id).Select(w => w.AsDrainWatcher(service, Catalog.Current.Revision))],
                patience,
                id => watchers[id].AcknowledgedOf(service));
        }
    }

    /// <summary>Ends a watch stream.</summary>
    public void Close(Watcher watcher, IEnumerable<ServiceKey> services)
    {
        lock (_lock)
        {
            _watchers.Remove(watcher);
            foreach (var service in services)
            {
                Drop(watcher, service);
                drains.OnLeft(watcher.Id, service);
            }
        }
    }

    /// <summary>Hands out the events of one commit, those of one service whole.</summary>
    public void Publish(IReadOnlyList<CatalogEvent> events)
    {
        lock (_lock)
        {
            _ring.Add(events);
            foreach (var changes in events.GroupBy(e => e.Service))
            {
                if (!_byService.TryGetValue(changes.Key, out var watchers))
                {
                    continue;
                }

                var encoded = WatchMessages.EncodeAll(changes);
                foreach (var watcher in watchers)
                {
                    watcher.AddRecords(changes.Key, encoded);
                }
            }
        }
    }

    /// <summary>Hands out a change of liveness or health. Called under the lease keeper's lock, so that states of one instance
    /// cannot overtake each other on the way here: the queue keeps the last one it is given.</summary>
    public void PublishSoft(InstanceKey instance, SoftState state, TimeSpan now)
    {
        lock (_lock)
        {
            if (_byService.TryGetValue(instance.Service, out var watchers))
            {
                var encoded = WatchMessages.Encode(instance, state, now);
                foreach (var watcher in watchers)
                {
                    watcher.AddSoft(instance, encoded);
                }
            }
        }
    }

    /// <summary>Hands out a load report, to those who asked for load. The same rule about order applies.</summary>
    public void PublishLoad(InstanceKey instance, SoftState state, TimeSpan now)
    {
        lock (_lock)
        {
            if (_byService.TryGetValue(instance.Service, out var watchers))
            {
                var encoded = WatchMessages.Encode(instance, state, now);
                foreach (var watcher in watchers)
                {
                    watcher.AddLoad(instance, encoded);
                }
            }
        }
    }

    private void Drop(Watcher watcher, ServiceKey service)
    {
        if (!_byService.TryGetValue(service, out var watchers) || !watchers.Remove(watcher))
        {
            return;
        }

        _subscriptions--;
        if (watchers.Count == 0)
        {
            _byService.Remove(service);
        }
    }
}
