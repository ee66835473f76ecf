using Muster.Client.Connection;
using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery;

/// <summary>What a watch stream does: which subscriptions to send, what each message makes of the replicas, what to
/// acknowledge. A step: it takes the time and does no I/O.</summary>
/// <remarks>Not thread-safe. Bounded by <see cref="Limits.SubscriptionsPerWatchMax"/> services, with one pending subscription
/// and one pending acknowledgement each.</remarks>
internal sealed class WatchStep(Random random)
{
    private readonly Dictionary<ServiceKey, WatchSubscription> _subscriptions = [];
    private readonly HashSet<WatchSubscription> _unsent = [];
    private readonly Queue<WatchSubscription> _acks = [];
    private bool _isOpen;

    /// <summary>How many services are watched.</summary>
    public int Count => _subscriptions.Count;

    /// <summary>When a refused subscription is tried again; null is never.</summary>
    public TimeSpan? WakeAt => _isOpen && _unsent.Count > 0 ? _unsent.Min(s => s.RetryAt) : null;

    /// <summary>When <see cref="OnGraceOver"/> is to be called next; null if no instances of a former store are shown.</summary>
    public TimeSpan? GraceEndsAt => _subscriptions.Values.Min(s => s.GraceEndsAt);

    /// <summary>Stops showing instances of a former store whose time is over.</summary>
    public IReadOnlyList<WatchOutcome> OnGraceOver(TimeSpan now) =>
        [.. _subscriptions.Values.Select(s => s.OnGraceOver(now)).Where(o => o.View is not null)];

    /// <summary>Watches one more service.</summary>
    public void Add(ServiceKey service)
    {
        var subscription = new WatchSubscription(service, new Backoff(random));
        if (_subscriptions.TryAdd(service, subscription))
        {
            _unsent.Add(subscription);
        }
    }

    /// <summary>Shows what was kept on disk of a service, unless the registry was first.</summary>
    public WatchOutcome OnRemembered(KeptView kept) =>
        _subscriptions.TryGetValue(kept.Service, out var subscription) ? subscription.OnRemembered(kept) : default;

    /// <summary>A stream starts: every subscription is to be sent again, from where its replica stands.</summary>
    public void OnOpened()
    {
        _isOpen = true;
        _acks.Clear();
        foreach (var subscription in _subscriptions.Values)
        {
            subscription.OnStreamOpened();
            _unsent.Add(subscription);
        }
    }

    /// <summary>The stream is gone. What the replicas show stays.</summary>
    public void OnLost() => _isOpen = false;

    /// <summary>Takes a message.</summary>
    public WatchOutcome OnReceived(WatchResponse message, TimeSpan now)
    {
        if (!_subscriptions.TryGetValue(ServiceKey.Of(message.Namespace, message.Service), out var subscription))
        {
            return default;
        }

        if (message.EventCase != WatchResponse.EventOneofCase.Fault)
        {
            return subscription.OnEvent(message, now);
        }

        _unsent.Add(subscription);
        return subscription.OnFault(message.Fault, now);
    }

    /// <summary>All who wanted to know have seen the revision: it is to be acknowledged.</summary>
    public void OnHandled(ServiceKey service, Revision revision)
    {
        if (_isOpen && _subscriptions.TryGetValue(service, out var subscription) && subscription.Acknowledge(revision))
        {
            _acks.Enqueue(subscription);
        }
    }

    /// <summary>The next message to send; null if there is none now.</summary>
    public WatchRequest? TakeNext(TimeSpan now)
    {
        if (!_isOpen)
        {
            return null;
        }

        // Acknowledgements first: a provider that drains may be waiting for them.
        if (_acks.TryDequeue(out var acknowledged))
        {
            return acknowledged.TakeAck();
        }

        var due = _unsent.FirstOrDefault(s => (s.RetryAt ?? now) <= now);
        if (due is null)
        {
            return null;
        }

        _unsent.Remove(due);
        return due.TakeSubscribe();
    }
}
