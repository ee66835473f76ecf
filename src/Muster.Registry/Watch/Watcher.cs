using System.Threading.Channels;
using Muster.Core.Catalog;
using Muster.Core.Fanout;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Registry.Watch;

/// <summary>One watch stream: its subscriptions, and what it has not been sent yet.</summary>
/// <remarks>The hub adds, the stream's pump takes; both under this watcher's lock, so a slow pump never holds up the hub or
/// another watcher.</remarks>
/// <param name="id">Names the stream; never used twice.</param>
/// <param name="peer">Where it connects from.</param>
/// <param name="canAcknowledge">Whether its stream can carry acknowledgements.</param>
internal sealed class Watcher(long id, string peer, bool canAcknowledge)
{
    // Guards the queue, the subscriptions and the name. Lock order: lease keeper, then hub, then watcher.
    private readonly Lock _lock = new();
    private readonly WatcherQueue<EncodedMessage> _queue = new();
    private readonly Dictionary<ServiceKey, Subscription> _subscriptions = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private string _client = "";

    public long Id => id;

    /// <summary>What it calls itself, and where it connects from.</summary>
    public string Name
    {
        get
        {
            lock (_lock)
            {
                return NameLocked;
            }
        }
    }

    private string NameLocked => _client.Length > 0 ? $"{_client} at {peer}" : peer;

    /// <summary>Number of subscriptions.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Starts a subscription, or starts it over.</summary>
    /// <param name="service">What.</param>
    /// <param name="selector">Which instances.</param>
    /// <param name="withLoad">Whether load reports are wanted.</param>
    /// <param name="resumeAt">Where an earlier watch ended; null begins with a snapshot.</param>
    /// <param name="missed">The changes since then.</param>
    public void Subscribe(
        ServiceKey service, MetadataSelector selector, bool withLoad, Revision? resumeAt, IReadOnlyList<EncodedChange> missed)
    {
        lock (_lock)
        {
            _subscriptions[service] = new Subscription(selector) { Published = resumeAt ?? Revision.None };
            _queue.Subscribe(service, withLoad, resumeAt);
            AddAllLocked(service, missed);
        }

        Signal();
    }

    /// <summary>All records were replaced: every subscription begins with a snapshot again.</summary>
    public void StartOver()
    {
        lock (_lock)
        {
            _queue.StartOver();
            foreach (var subscription in _subscriptions.Values)
            {
                subscription.Published = Revision.None;
            }
        }

        Signal();
    }

    public void Unsubscribe(ServiceKey service)
    {
        lock (_lock)
        {
            _subscriptions.Remove(service);
            _queue.Unsubscribe(service);
        }
    }

    /// <summary>Says what the watcher calls itself; empty says nothing.</summary>
    public void SetClient(string client)
    {
        lock (_lock)
        {
            _client = client.Length > 0 ? client : _client;
        }
    }

    /// <summary>Notes that the watcher has seen a revision of a service.</summary>
    public void Acknowledge(ServiceKey service, Revision revision)
    {
        lock (_lock)
        {
            if (_subscriptions.TryGetValue(service, out var subscription) && revision > subscription.Acknowledged)
            {
                subscription.Acknowledged = revision;
            }
        }
    }

    /// <summary>What the watcher has acknowledged of a service.</summary>
    public Revision AcknowledgedOf(ServiceKey service)
    {
        lock (_lock)
        {
            return _subscriptions.GetValueOrDefault(service)?.Acknowledged ?? Revision.None;
        }
    }

    /// <summary>This watcher as a drain that has just been announced sees it.</summary>
    /// <param name="service">The service.</param>
    /// <param name="current">The catalog's revision: a watcher that has been promised a snapshot will get one of at least this.</param>
    public DrainWatcher AsDrainWatcher(ServiceKey service, Revision current)
    {
        lock (_lock)
        {
            // Not simply the revision of the announcement: a watcher hears of no revision that changed nothing for it.
            var published = _subscriptions.GetValueOrDefault(service)?.Published ?? Revision.None;
            return new DrainWatcher(id, NameLocked, canAcknowledge,
                published == Revision.None ? current : published);
        }
    }

    /// <summary>Adds the changes of one commit, all or none: a pump that took half of them would report a progress that the
    /// other half, of the same revision, has not made.</summary>
    public void AddRecords(ServiceKey service, IReadOnlyList<EncodedChange> changes)
    {
        lock (_lock)
        {
            AddAllLocked(service, changes);
        }

        Signal();
    }

    public void AddSoft(InstanceKey instance, EncodedMessage encoded)
    {
        lock (_lock)
        {
            _queue.AddSoft(instance.Service, instance.Id, encoded);
        }

        Signal();
    }

    public void AddLoad(InstanceKey instance, EncodedMessage encoded)
    {
        lock (_lock)
        {
            _queue.AddLoad(instance.Service, instance.Id, encoded);
        }

        Signal();
    }

    /// <summary>Waits until there may be something to send.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _signal.Reader.ReadAsync(cancellationToken);

    /// <summary>Takes the next delivery. For a snapshot it also reads the catalog, under the same lock, so that no event falls
    /// between snapshot and queue.</summary>
    public bool TryTake(Catalog catalog, out Delivery<EncodedMessage> delivery, out CatalogSnapshot? snapshot, out MetadataSelector selector)
    {
        lock (_lock)
        {
            snapshot = null;
            selector = MetadataSelector.All;
            if (!_queue.TryTake(out var next))
            {
                delivery = default;
                return false;
            }

            delivery = next.Value;
            var subscription = _subscriptions.GetValueOrDefault(delivery.Service);
            selector = subscription?.Selector ?? MetadataSelector.All;
            if (delivery.Kind == DeliveryKind.Snapshot)
            {
                snapshot = catalog.Current;
                _queue.SnapshotTaken(delivery.Service, snapshot.Revision);
                if (subscription is not null)
                {
                    subscription.Published = snapshot.Revision;
                }
            }

            return true;
        }
    }

    /// <summary>Wakes the pump.</summary>
    public void Signal() => _signal.Writer.TryWrite(true);

    private void AddAllLocked(ServiceKey service, IReadOnlyList<EncodedChange> changes)
    {
        if (!_subscriptions.TryGetValue(service, out var subscription))
        {
            return;
        }

        foreach (var (change, message) in changes)
        {
            subscription.Published = change.Revision;
            var isHidden = change is CatalogEvent.Upserted upserted && !subscription.Selector.Matches(upserted.Instance);
            _queue.AddRecord(
                service, change.InstanceId ?? "", change.Revision,
                isHidden ? WatchMessages.EncodeHidden((CatalogEvent.Upserted)change) : message);
        }
    }

    private sealed class Subscription(MetadataSelector selector)
    {
        public MetadataSelector Selector => selector;

        /// <summary>The newest revision that it was given, or will be sent without more being committed.</summary>
        public Revision Published { get; set; }

        public Revision Acknowledged { get; set; }
    }
}
