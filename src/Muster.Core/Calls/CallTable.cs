using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Calls;

/// <summary>What callers say of the instances that they call: sums for each instance, and whose breaker is not closed.</summary>
/// <remarks>
/// A step; not thread-safe. Soft: it holds what callers that are connected now have said, and forgets a caller with its stream and an
/// instance with its record. One entry for each caller and instance, some 200 bytes; at most <paramref name="entriesMax"/> in all and
/// <paramref name="callerEntriesMax"/> of one caller. Past them a new one is refused, and what is here goes on.
/// </remarks>
/// <param name="entriesMax">Entries in all.</param>
/// <param name="callerEntriesMax">Entries of one caller.</param>
public sealed class CallTable(int entriesMax = Limits.CallEntriesMax, int callerEntriesMax = Limits.CallEntriesPerWatchMax)
{
    private static readonly IComparer<Called> s_worstFirst = Comparer<Called>.Create(static (a, b) =>
        b.TrippedCount.CompareTo(a.TrippedCount) is var byTripped && byTripped != 0
            ? byTripped
            : ServiceKey.Order.Compare(a.Key.Service, b.Key.Service) is var byService && byService != 0
                ? byService
                : string.CompareOrdinal(a.Key.Id, b.Key.Id));

    private readonly Dictionary<ServiceKey, Dictionary<string, Called>> _services = [];
    private readonly Dictionary<long, Caller> _callers = [];

    // Those that at least one caller's breaker keeps calls from: the question that is asked most needs no walk over all.
    private readonly HashSet<Called> _tripped = [];

    /// <summary>Entries: pairs of a caller and an instance.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a report.</summary>
    /// <param name="caller">Whose; never used for another.</param>
    /// <param name="name">What the caller is called now.</param>
    /// <param name="instance">About which instance.</param>
    /// <param name="report">What it says, held to <see cref="CallReportValidator"/>.</param>
    /// <param name="now">The monotonic time.</param>
    public CallVerdict Report(long caller, string name, InstanceKey instance, in CallReport report, TimeSpan now)
    {
        var by = _callers.GetValueOrDefault(caller);
        var called = Find(instance);
        var entry = called?.Entries.GetValueOrDefault(caller);
        if (entry is null)
        {
            if (by?.Instances.Count >= callerEntriesMax)
            {
                return CallVerdict.CallerIsFull;
            }

            if (Count >= entriesMax)
            {
                return CallVerdict.TableIsFull;
            }

            by ??= _callers[caller] = new Caller();
            called ??= Add(instance);
            entry = new Entry(by) { Since = now };
            by.Instances.Add(instance);
            called.Entries.Add(caller, entry);
            Count++;
        }

        entry.By.Name = name;
        entry.Calls = Sums.Add(entry.Calls, report.Calls);
        entry.Failures = Sums.Add(entry.Failures, report.Failures);
        called!.Calls = Sums.Add(called.Calls, report.Calls);
        called.Failures = Sums.Add(called.Failures, report.Failures);
        called.Recent.Add(report.Calls, report.Failures, now);
        SetBreaker(called, entry, report, now);
        return CallVerdict.Taken;
    }

    /// <summary>A caller is gone, with all that it said.</summary>
    public void Leave(long caller)
    {
        if (_callers.Remove(caller, out var by))
        {
            foreach (var instance in by.Instances)
            {
                Drop(caller, instance);
            }
        }
    }

    /// <summary>A caller watches a service no more.</summary>
    public void Leave(long caller, ServiceKey service)
    {
        if (!_callers.TryGetValue(caller, out var by))
        {
            return;
        }

        foreach (var instance in by.Instances.Where(i => i.Service == service).ToList())
        {
            by.Instances.Remove(instance);
            Drop(caller, instance);
        }

        DropIfEmpty(caller, by);
    }

    /// <summary>An instance is gone, with all that was said of it.</summary>
    public void Remove(InstanceKey instance)
    {
        if (Find(instance) is not { } called)
        {
            return;
        }

        foreach (var caller in called.Entries.Keys.ToList())
        {
            var by = _callers[caller];
            by.Instances.Remove(instance);
            Drop(caller, instance);
            DropIfEmpty(caller, by);
        }
    }

    /// <summary>Forgets the instances that are not there any more.</summary>
    public void RemoveWhere(Func<InstanceKey, bool> isGone)
    {
        foreach (var instance in _services.Values.SelectMany(s => s.Values).Select(c => c.Key).Where(isGone).ToList())
        {
            Remove(instance);
        }
    }

    /// <summary>What is said of an instance; null if nothing is.</summary>
    public CallTotals? Of(InstanceKey instance, TimeSpan now) => Find(instance)?.Total(now);

    /// <summary>What is said of instances, those first that most callers' breakers keep calls from.</summary>
    /// <param name="isMeant">Of which services.</param>
    /// <param name="onlyTripped">Only those that a breaker keeps calls from.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="count">How many there are, whatever the limit.</param>
    public IReadOnlyList<CallTotals> List(Func<ServiceKey, bool> isMeant, bool onlyTripped, int limit, TimeSpan now, out int count)
    {
        var found = onlyTripped
            ? [.. _tripped.Where(c => isMeant(c.Key.Service))]
            : _services.Where(s => isMeant(s.Key)).SelectMany(s => s.Value.Values).ToList();
        count = found.Count;
        return [.. found.Order(s_worstFirst).Take(limit).Select(c => c.Total(now))];
    }

    private Called? Find(InstanceKey instance) => _services.GetValueOrDefault(instance.Service)?.GetValueOrDefault(instance.Id);

    private Called Add(InstanceKey instance)
    {
        if (!_services.TryGetValue(instance.Service, out var instances))
        {
            _services[instance.Service] = instances = [];
        }

        return instances[instance.Id] = new Called(instance);
    }

    private void SetBreaker(Called called, Entry entry, in CallReport report, TimeSpan now)
    {
        if (report.Breaker != entry.Breaker)
        {
            called.TrippedCount += IsTripped(report.Breaker) - IsTripped(entry.Breaker);
            entry.Breaker = report.Breaker;
            entry.Since = now;
            Note(called);
        }

        entry.Reason = report.Breaker == BreakerState.Closed ? "" : report.Reason;
        entry.TrialAt = now + report.TrialIn;
    }

    private void Drop(long caller, InstanceKey instance)
    {
        var called = Find(instance)!;
        called.Entries.Remove(caller, out var entry);
        Count--;
        called.Calls = Sums.Subtract(called.Calls, entry!.Calls);
        called.Failures = Sums.Subtract(called.Failures, entry.Failures);
        called.TrippedCount -= IsTripped(entry.Breaker);
        Note(called);
        if (called.Entries.Count > 0)
        {
            return;
        }

        var instances = _services[instance.Service];
        instances.Remove(instance.Id);
        if (instances.Count == 0)
        {
            _services.Remove(instance.Service);
        }
    }

    private void DropIfEmpty(long caller, Caller by)
    {
        if (by.Instances.Count == 0)
        {
            _callers.Remove(caller);
        }
    }

    private void Note(Called called)
    {
        if (called.TrippedCount > 0)
        {
            _tripped.Add(called);
        }
        else
        {
            _tripped.Remove(called);
        }
    }

    private static int IsTripped(BreakerState state) => state == BreakerState.Closed ? 0 : 1;

    private sealed class Caller
    {
        public string Name { get; set; } = "";

        public HashSet<InstanceKey> Instances { get; } = [];
    }

    private sealed class Entry(Caller by)
    {
        public Caller By => by;

        public ulong Calls { get; set; }

        public ulong Failures { get; set; }

        public BreakerState Breaker { get; set; }

        public string Reason { get; set; } = "";

        public TimeSpan TrialAt { get; set; }

        public TimeSpan Since { get; set; }
    }

    private sealed class Called(InstanceKey key)
    {
        // Not a property: it changes in place.
        public CallWindow Recent;

        public InstanceKey Key => key;

        public Dictionary<long, Entry> Entries { get; } = [];

        public ulong Calls { get; set; }

        public ulong Failures { get; set; }

        public int TrippedCount { get; set; }

        public CallTotals Total(TimeSpan now)
        {
            var recent = Recent.Read(now);
            var tripped = TrippedCount == 0
                ? []
                : Entries.Values.Where(e => e.Breaker != BreakerState.Closed)
                    .OrderBy(e => e.By.Name, StringComparer.Ordinal)
                    .Take(Limits.CallersNamedMax)
                    .Select(e => new TrippedBreaker(
                        e.By.Name, e.Breaker, e.Reason, e.TrialAt > now ? e.TrialAt - now : TimeSpan.Zero, now - e.Since, e.Calls, e.Failures))
                    .ToImmutableArray();
            return new CallTotals(key, Entries.Count, Calls, Failures, recent.Calls, recent.Failures, TrippedCount, tripped);
        }
    }
}
