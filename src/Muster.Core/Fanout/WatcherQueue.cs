using System.Diagnostics.CodeAnalysis;
using Muster.Core.Model;

namespace Muster.Core.Fanout;

/// <summary>What one watcher has not been sent yet, over all its subscriptions.</summary>
/// <remarks>Pure and not thread-safe: the registry drives it under one lock per watcher. Bounded: see
/// <see cref="Limits.WatcherQueueEventsMax"/> and <see cref="Limits.SubscriptionsPerWatchMax"/>. Subscriptions with work take
/// turns, so a busy service does not starve a quiet one.</remarks>
/// <typeparam name="TPayload">A message in the form it is sent in; shared by all watchers.</typeparam>
public sealed class WatcherQueue<TPayload>
{
    private readonly Dictionary<ServiceKey, SubscriptionQueue<TPayload>> _subscriptions = [];
    private readonly Queue<ServiceKey> _ready = new();
    private readonly HashSet<ServiceKey> _queued = [];

    /// <summary>Subscriptions of this watcher.</summary>
    public int Count => _subscriptions.Count;

    /// <summary>Whether there is anything to send.</summary>
    public bool HasWork => _ready.Count > 0;

    /// <summary>Starts a subscription, or starts it over.</summary>
    /// <param name="service">The service.</param>
    /// <param name="withLoad">Whether load reports are wanted.</param>
    /// <param name="resumeAt">What the watcher has seen already; null asks for a snapshot.</param>
    public void Subscribe(ServiceKey service, bool withLoad, Revision? resumeAt)
    {
        _subscriptions[service] = new SubscriptionQueue<TPayload>(withLoad, resumeAt);
        MarkReady(service);
    }

    /// <summary>Starts every subscription over: what was queued is of records that were replaced, so each gets a snapshot.</summary>
    public void StartOver()
    {
        foreach (var (service, subscription) in _subscriptions.ToArray())
        {
            Subscribe(service, subscription.WithLoad, null);
        }
    }

    /// <summary>Ends a subscription; what was queued for it is dropped.</summary>
    public void Unsubscribe(ServiceKey service) => _subscriptions.Remove(service);

    /// <summary>Queues a change of the records.</summary>
    public void AddRecord(ServiceKey service, string instanceId, Revision revision, TPayload payload)
    {
        if (_subscriptions.TryGetValue(service, out var subscription))
        {
            subscription.AddRecord(instanceId, revision, payload);
            MarkReady(service);
        }
    }

    /// <summary>Queues a change of liveness or health.</summary>
    public void AddSoft(ServiceKey service, string instanceId, TPayload payload)
    {
        if (_subscriptions.TryGetValue(service, out var subscription))
        {
            subscription.AddSoft(instanceId, payload);
            MarkReady(service);
        }
    }

    /// <summary>Queues a load report, for a subscription that wants them.</summary>
    public void AddLoad(ServiceKey service, string instanceId, TPayload payload)
    {
        if (_subscriptions.TryGetValue(service, out var subscription) && subscription.WithLoad)
        {
            subscription.AddSoft(instanceId, payload);
            MarkReady(service);
        }
    }

    /// <summary>Says that a snapshot of this revision is being sent: what it shows is dropped from the queue. Call it under the
    /// same lock under which the snapshot was read.</summary>
    public void SnapshotTaken(ServiceKey service, Revision revision)
    {
        if (_subscriptions.TryGetValue(service, out var subscription))
        {
            subscription.SnapshotTaken(revision);
            MarkReady(service);
        }
    }

    /// <summary>Takes the next delivery.</summary>
    public bool TryTake([NotNullWhen(true)] out Delivery<TPayload>? delivery)
    {
        while (_ready.TryDequeue(out var service))
        {
            _queued.Remove(service);
            if (_subscriptions.TryGetValue(service, out var subscription) && subscription.HasWork)
            {
                delivery = subscription.Take(service);
                MarkReady(service);
                return true;
            }
        }

        delivery = null;
        return false;
    }

    private void MarkReady(ServiceKey service)
    {
        if (_subscriptions.TryGetValue(service, out var subscription) && subscription.HasWork && _queued.Add(service))
        {
            _ready.Enqueue(service);
        }
    }
}
