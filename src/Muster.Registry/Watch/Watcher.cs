using System.Threading.Channels;
using Muster.Core.Catalog;
using Muster.Core.Fanout;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Registry.Watch;

/// <summary>One watch stream: its subscriptions, and what it has not been sent yet.</summary>
/// <remarks>The hub adds, the stream's pump takes; both under this watcher's lock, so a slow pump never holds up the hub or
/// another watcher.</remarks>
internal sealed class Watcher
{
    // Guards the queue and the selectors. Lock order: lease keeper, then hub, then watcher.
    private readonly Lock _lock = new();
    private readonly WatcherQueue<EncodedMessage> _queue = new();
    private readonly Dictionary<ServiceKey, MetadataSelector> _selectors = [];
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>The highest revision that the watcher has acknowledged.</summary>
    public Revision Acknowledged { get; private set; }

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
            _selectors[service] = selector;
            _queue.Subscribe(service, withLoad, resumeAt);
            AddAllLocked(service, missed);
        }

        Signal();
    }

    public void Unsubscribe(ServiceKey service)
    {
        lock (_lock)
        {
            _selectors.Remove(service);
            _queue.Unsubscribe(service);
        }
    }

    public void Acknowledge(Revision revision)
    {
        lock (_lock)
        {
            if (revision > Acknowledged)
            {
                Acknowledged = revision;
            }
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
            selector = _selectors.GetValueOrDefault(delivery.Service, MetadataSelector.All);
            if (delivery.Kind == DeliveryKind.Snapshot)
            {
                snapshot = catalog.Current;
                _queue.SnapshotTaken(delivery.Service, snapshot.Revision);
            }

            return true;
        }
    }

    /// <summary>Wakes the pump.</summary>
    public void Signal() => _signal.Writer.TryWrite(true);

    private void AddAllLocked(ServiceKey service, IReadOnlyList<EncodedChange> changes)
    {
        foreach (var (change, message) in changes)
        {
            var isHidden = change is CatalogEvent.Upserted upserted
                && _selectors.TryGetValue(service, out var selector) && !selector.Matches(upserted.Instance);
            _queue.AddRecord(
                service, change.InstanceId ?? "", change.Revision,
                isHidden ? WatchMessages.EncodeHidden((CatalogEvent.Upserted)change) : message);
        }
    }
}
