using Muster.Client.Connection;
using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery;

/// <summary>What a watch stream does: which subscriptions to send, what each message makes of the replicas, what to
/// acknowledge. A step: it takes the time and does no I/O.</summary>
/// <remarks>Not thread-safe. Bounded by <see cref="Limits.SubscriptionsPerWatchMax"/> services, with one pending subscription
/// and one pending acknowledgement each, and by one burst of call statistics.</remarks>
internal sealed class WatchStep(Random random)
{
    private readonly Dictionary<ServiceKey, WatchSubscription> _subscriptions = [];
    private readonly HashSet<WatchSubscription> _unsent = [];
    private readonly Queue<WatchSubscription> _acks = [];
    private readonly Dictionary<ServiceKey, CallUplink> _uplinks = [];
    private readonly Queue<WatchRequest> _statistics = [];
    private bool _isOpen;

    /// <summary>How many services are watched.</summary>
    public int Count => _subscriptions.Count;

    /// <summary>When a refused subscription is tried again, or call statistics are due; null is never.</summary>
    public TimeSpan? WakeAt
    {
        get
        {
            if (!_isOpen)
            {
                return null;
            }

            var at = _unsent.Count > 0 ? _unsent.Min(s => s.RetryAt) : null;
            foreach (var (service, uplink) in _uplinks)
            {
                if (uplink.DueAt is { } due && !(due > at) && IsSubscribed(service))
                {
                    at = due;
                }
            }

            return at;
        }
    }

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
        _statistics.Clear();
        foreach (var uplink in _uplinks.Values)
        {
            uplink.OnStreamOpened();
        }

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

        if (message.EventCase == WatchResponse.EventOneofCase.StatisticsFault)
        {
            _uplinks.GetValueOrDefault(subscription.Service)?.OnRefused(now);
            return new WatchOutcome { Service = subscription.Service, StatisticsFault = message.StatisticsFault };
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
        if (due is not null)
        {
            _unsent.Remove(due);
            return due.TakeSubscribe();
        }

        return _statistics.TryDequeue(out var statistics) ? statistics : null;
    }

    /// <summary>There is something new about the calls to a service.</summary>
    /// <param name="service">A service that is watched.</param>
    /// <param name="isUrgent">Whether it is the state of a breaker.</param>
    public void OnNews(ServiceKey service, bool isUrgent)
    {
        if (!_uplinks.TryGetValue(service, out var uplink))
        {
            _uplinks[service] = uplink = new CallUplink(service);
        }

        uplink.OnNews(isUrgent);
    }

    /// <summary>Begins to tell of the calls to a service, if it is time for one: <see cref="Tell"/> follows. What is new from here on is
    /// told the next time.</summary>
    public bool TryBeginToTell(TimeSpan now, out ServiceKey service)
    {
        if (_isOpen)
        {
            foreach (var (key, uplink) in _uplinks)
            {
                // A subscription that is not sent yet would come too late: the registry takes only what is of its services.
                if (IsSubscribed(key) && uplink.TryBegin(now))
                {
                    service = key;
                    return true;
                }
            }
        }

        service = default;
        return false;
    }

    /// <summary>Tells what has changed of the calls to a service.</summary>
    public void Tell(ServiceKey service, IReadOnlyList<InstanceCalls> seen)
    {
        if (!_isOpen)
        {
            return;
        }

        var uplink = _uplinks[service];
        var others = _uplinks.Values.Sum(u => u.Count) - uplink.Count;
        uplink.Tell(seen, Limits.CallEntriesPerWatchMax - others, _statistics);
    }

    private bool IsSubscribed(ServiceKey service) => _subscriptions.TryGetValue(service, out var s) && !_unsent.Contains(s);
}
