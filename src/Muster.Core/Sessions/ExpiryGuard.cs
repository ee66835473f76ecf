using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>Holds expiries back when many instances fall silent at once: then the network between them and this node is the
/// likelier cause than their death, and an empty list would do more harm than a stale one, whose instances callers avoid
/// anyway.</summary>
/// <remarks>
/// A step; not thread-safe; the <see cref="LeaseTable"/> drives it. It counts instances, per service and over all, of leases
/// that fell silent (instances with an active check are nowhere in it): without a renewal for half their TTL, and without a stream that the peer closed, which would be evidence
/// of death. Those that were removed for it within the last TTL count too, so that a slow wave is seen as well.
/// <code>
/// Off      -- over ShareMax of at least InstancesMin ------> Holding
/// Holding  -- ShareEnd or less -----------------------------> Off
/// Holding  -- an operator releases it ----------------------> Released (holds nobody)
/// Released -- ShareEnd or less -----------------------------> Off
/// </code>
/// No lease is held longer than <see cref="Limits.GuardTtlsMax"/> of its TTLs, and those let go leave at a bounded rate.
/// </remarks>
public sealed class ExpiryGuard
{
    /// <summary>Above this share of silent instances it holds.</summary>
    public const double ShareMax = 0.15;

    /// <summary>At this share, and below, it ends.</summary>
    public const double ShareEnd = 0.10;

    /// <summary>Fewer instances than these are not guarded: of a handful, one is a large share.</summary>
    public const int InstancesMin = 20;

    /// <summary>The share of all instances that may be removed a second once they were held.</summary>
    public const double RateShare = 0.01;

    /// <summary>At least so many may be removed a second once they were held.</summary>
    public const int RateMin = 10;

    private readonly Dictionary<ServiceKey, State> _services = [];
    private readonly Queue<Departure> _departures = [];
    private readonly Dictionary<ServiceKey, int> _departed = [];
    private State _overall = State.Off;
    private int _departedTotal;
    private double _allowance;
    private TimeSpan _allowedAt;

    private enum State
    {
        Off,
        Holding,
        Released,
    }

    /// <summary>Whether it has to go on counting: it holds, or was released and waits for its end.</summary>
    public bool IsActive => _overall != State.Off || _services.Count > 0;

    /// <summary>The services that it holds back; null in it means all together.</summary>
    public IEnumerable<ServiceKey?> Holding
    {
        get
        {
            if (_overall == State.Holding)
            {
                yield return null;
            }

            foreach (var (service, state) in _services)
            {
                if (state == State.Holding)
                {
                    yield return service;
                }
            }
        }
    }

    /// <summary>Counts who is silent, and begins or ends accordingly.</summary>
    /// <param name="silent">What the silent leases hold.</param>
    /// <param name="catalog">Everybody.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="notices">Takes what changed.</param>
    public void Observe(IEnumerable<LeaseHolding> silent, CatalogSnapshot catalog, TimeSpan now, List<GuardNotice> notices)
    {
        ForgetOldDepartures(now);
        var counts = new Dictionary<ServiceKey, int>();
        var silentTotal = 0;
        foreach (var holding in silent)
        {
            foreach (var (service, _) in holding.Instances.Keys)
            {
                counts[service] = counts.GetValueOrDefault(service) + 1;
                silentTotal++;
            }
        }

        foreach (var service in counts.Keys.Union(_services.Keys).ToList())
        {
            var departed = _departed.GetValueOrDefault(service);
            var total = (catalog.Services.TryGetValue(service, out var found) ? Heard(found) : 0) + departed;
            var state = Next(
                service, _services.GetValueOrDefault(service), counts.GetValueOrDefault(service), departed, total, notices);
            if (state == State.Off)
            {
                _services.Remove(service);
            }
            else
            {
                _services[service] = state;
            }
        }

        var all = catalog.Services.Values.Sum(Heard);
        _overall = Next(null, _overall, silentTotal, _departedTotal, all + _departedTotal, notices);
        Refill(all, now);
    }

    /// <summary>Whether a lease that holds these instances is held back.</summary>
    public bool Holds(LeaseHolding holding) => _overall == State.Holding || holding.Instances.Keys.Any(i => Holds(i.Service));

    /// <summary>Whether instances of a service are held back.</summary>
    public bool Holds(ServiceKey service) =>
        _overall == State.Holding || _services.GetValueOrDefault(service) == State.Holding;

    /// <summary>Says that a silent lease was removed with its instances.</summary>
    public void OnDeparted(LeaseHolding holding, TimeSpan now)
    {
        foreach (var group in holding.Instances.Keys.GroupBy(i => i.Service))
        {
            var count = group.Count();
            _departures.Enqueue(new Departure(group.Key, count, now + holding.Lease.Ttl));
            _departed[group.Key] = _departed.GetValueOrDefault(group.Key) + count;
            _departedTotal += count;
        }
    }

    /// <summary>Whether a lease that was held may be removed now; counts it if so.</summary>
    public bool TryTakeAllowance(LeaseHolding holding)
    {
        // A lease with more instances than a second allows would never fit: one that finds a full second may go.
        if (_allowance < 1)
        {
            return false;
        }

        _allowance -= Math.Max(1, holding.Instances.Count);
        return true;
    }

    /// <summary>Ends the holding on an operator's word, until the next time.</summary>
    /// <param name="service">Of one service; null of everything.</param>
    /// <param name="notices">Takes what changed.</param>
    /// <returns>Whether anything was held.</returns>
    public bool Release(ServiceKey? service, List<GuardNotice> notices)
    {
        var wasHolding = false;
        foreach (var held in Holding.Where(h => service is null || h == service).ToList())
        {
            wasHolding = true;
            if (held is { } one)
            {
                _services[one] = State.Released;
            }
            else
            {
                _overall = State.Released;
            }

            notices.Add(new GuardNotice(held, GuardChange.Released, 0, 0));
        }

        return wasHolding;
    }

    private static State Next(
        ServiceKey? service, State state, int silent, int departed, int total, List<GuardNotice> notices)
    {
        var share = total == 0 ? 0 : (double)(silent + departed) / total;
        // Who left for good cannot come back: the end looks at those who still can.
        var shareNow = total == departed ? 0 : (double)silent / (total - departed);
        switch (state)
        {
            case State.Off when total >= InstancesMin && share > ShareMax:
                notices.Add(new GuardNotice(service, GuardChange.Began, silent + departed, total));
                return State.Holding;
            case State.Holding when shareNow <= ShareEnd:
                notices.Add(new GuardNotice(service, GuardChange.Recovered, silent, total - departed));
                return State.Off;
            case State.Released when shareNow <= ShareEnd:
                return State.Off;
            default:
                return state;
        }
    }

    // Instances that the registry checks send no heartbeat, so they cannot fall silent: counted, they would hide those that do.
    private static int Heard(ServiceSnapshot service) => service.Instances.Count - service.CheckedCount;

    private void ForgetOldDepartures(TimeSpan now)
    {
        // In the order of their times only if all TTLs were alike; one that is a little late does no harm.
        while (_departures.TryPeek(out var departure) && departure.CountsUntil <= now)
        {
            _departures.Dequeue();
            _departedTotal -= departure.Count;
            if ((_departed[departure.Service] -= departure.Count) == 0)
            {
                _departed.Remove(departure.Service);
            }
        }
    }

    private void Refill(int instances, TimeSpan now)
    {
        var perSecond = Math.Max(RateMin, instances * RateShare);
        _allowance = Math.Min(perSecond, _allowance + (perSecond * (now - _allowedAt).TotalSeconds));
        _allowedAt = now;
    }

    private readonly record struct Departure(ServiceKey Service, int Count, TimeSpan CountsUntil);
}
