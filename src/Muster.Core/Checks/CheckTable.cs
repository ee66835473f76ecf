using Muster.Core.Model;

namespace Muster.Core.Checks;

/// <summary>Decides which instance is probed when, and what the results make of it.</summary>
/// <remarks>
/// Each call is a step: it takes <c>now</c>, changes the table, and appends what follows to <c>outputs</c>. No clock, no
/// threads; the owner calls <see cref="Tick"/> at <see cref="NextWake"/>. Not thread-safe.
/// <code>
/// Unknown   -- the first result ----------------> Healthy or Unhealthy
/// Healthy   -- Fall failures in a row ----------> Unhealthy
/// Unhealthy -- Rise successes in a row ---------> Healthy
/// </code>
/// <para>At most <paramref name="probesMax"/> probes run at a time; those that are due wait in the order of their time, so
/// that targets which hang slow everybody down alike, and starve nobody.</para>
/// </remarks>
/// <param name="random">Spreads the probes.</param>
/// <param name="probesMax">How many may run at a time.</param>
public sealed class CheckTable(Random random, int probesMax = Limits.CheckProbesMax)
{
    // The next probe comes an interval after the last began, give or take a tenth: what began together drifts apart.
    private const double Jitter = 0.1;

    private readonly Dictionary<InstanceKey, Entry> _entries = [];

    // Those that wait for their next probe, each once; entries that were replaced meanwhile are skipped.
    private readonly PriorityQueue<Entry, TimeSpan> _waiting = new();
    private long _probes;

    /// <summary>Instances in the table.</summary>
    public int Count => _entries.Count;

    /// <summary>Probes that run.</summary>
    public int Running { get; private set; }

    /// <summary>When <see cref="Tick"/> has to be called next; null if there is nothing to wait for but the end of a probe.</summary>
    public TimeSpan? NextWake => Running < probesMax && _waiting.TryPeek(out _, out var at) ? at : null;

    /// <summary>Entries of the queue, those of former targets included.</summary>
    internal int PendingWakes => _waiting.Count;

    /// <summary>Takes an instance in; or takes note of its change: one that does not touch what is probed changes nothing here.</summary>
    /// <param name="target">What is probed.</param>
    /// <param name="isNew">Whether it was registered just now: then the first probe is soon. What is found at a start waits for a part of
    /// its interval.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="outputs">Takes what follows.</param>
    public void Put(CheckTarget target, bool isNew, TimeSpan now, List<CheckOutput> outputs)
    {
        var former = _entries.GetValueOrDefault(target.Instance);
        if (former?.Target == target)
        {
            return;
        }

        var entry = new Entry(target);
        _entries[target.Instance] = entry;
        if (former is { Health: not Health.Unknown })
        {
            outputs.Add(new CheckOutput.HealthChanged(target.Instance, former.Health, SignsOf(entry, now)));
        }

        var within = isNew ? Limits.CheckFirstDelayMax : Limits.CheckSpreadMax;
        within = target.Check.Interval < within ? target.Check.Interval : within;
        Wait(entry, now + (random.NextDouble() * within));
    }

    /// <summary>Forgets an instance; a probe of it that runs ends without effect.</summary>
    public void Remove(InstanceKey instance)
    {
        if (_entries.Remove(instance))
        {
            DropFormer();
        }
    }

    /// <summary>What the probes of an instance showed; null if it is not here.</summary>
    public CheckSigns? SignsOf(InstanceKey instance, TimeSpan now) =>
        _entries.TryGetValue(instance, out var entry) ? SignsOf(entry, now) : null;

    /// <summary>Starts the probes that are due, as far as there is room.</summary>
    public void Tick(TimeSpan now, List<CheckOutput> outputs)
    {
        while (Running < probesMax && _waiting.TryPeek(out var entry, out var at) && at <= now)
        {
            _waiting.Dequeue();
            if (IsCurrent(entry))
            {
                entry.Probe = ++_probes;
                entry.ProbedAt = now;
                Running++;
                outputs.Add(new CheckOutput.Probe(entry.Target, entry.Probe));
            }
        }
    }

    /// <summary>A probe ended.</summary>
    /// <param name="probe">As it was asked for.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="now">The monotonic time.</param>
    /// <param name="outputs">Takes what follows.</param>
    public void Complete(CheckOutput.Probe probe, ProbeResult result, TimeSpan now, List<CheckOutput> outputs)
    {
        Running--;
        if (!_entries.TryGetValue(probe.Target.Instance, out var entry) || entry.Probe != probe.Number)
        {
            return;
        }

        entry.Probe = 0;
        var check = entry.Target.Check;
        var took = now - entry.ProbedAt;
        if (!result.IsSuccess && took >= check.Timeout + Limits.StallMin)
        {
            // No probe runs longer than its timeout: this process stood still, and the failure may be its own.
            Wait(entry, now + (random.NextDouble() * Limits.CheckFirstDelayMax));
            return;
        }

        var next = entry.ProbedAt + (check.Interval * (1 + (Jitter * ((2 * random.NextDouble()) - 1))));
        Wait(entry, next > now ? next : now);
        Take(entry, result, now);
        var before = entry.Health;
        entry.Health = Judge(entry, result.IsSuccess);
        if (entry.Health != before)
        {
            outputs.Add(new CheckOutput.HealthChanged(entry.Target.Instance, before, SignsOf(entry, now)));
        }

        if (entry.Health == Health.Unhealthy && entry.FailingFor >= check.RemoveAfter)
        {
            outputs.Add(new CheckOutput.Overdue(entry.Target, SignsOf(entry, now)));
        }
    }

    private static void Take(Entry entry, ProbeResult result, TimeSpan now)
    {
        if (result.IsSuccess)
        {
            entry.Successes++;
            entry.Failures = 0;
            entry.FailingFor = TimeSpan.Zero;
        }
        else
        {
            // Only what was watched counts: a time in which this process stood still, or had no room to probe, is no failure.
            var watched = 2 * entry.Target.Check.Interval;
            var since = entry.Failures == 0 ? TimeSpan.Zero : now - entry.LastAt;
            entry.FailingFor += since < watched ? since : watched;
            entry.Failures++;
            entry.Successes = 0;
        }

        entry.Last = result;
        entry.LastAt = now;
    }

    private static Health Judge(Entry entry, bool isSuccess) => entry.Health switch
    {
        Health.Unknown => isSuccess ? Health.Healthy : Health.Unhealthy,
        Health.Healthy when entry.Failures >= entry.Target.Check.Fall => Health.Unhealthy,
        Health.Unhealthy when entry.Successes >= entry.Target.Check.Rise => Health.Healthy,
        var health => health,
    };

    private static CheckSigns SignsOf(Entry entry, TimeSpan now) => new(
        entry.Health, entry.Successes, entry.Failures, entry.Last, entry.Last is null ? TimeSpan.Zero : now - entry.LastAt, entry.FailingFor);

    private bool IsCurrent(Entry entry) => ReferenceEquals(_entries.GetValueOrDefault(entry.Target.Instance), entry);

    private void Wait(Entry entry, TimeSpan until) => _waiting.Enqueue(entry, until);

    // Instances that leave stay in the queue until their time. One that comes and goes in a loop, with a long interval, would
    // grow it for minutes; rebuilding it at twice the live size keeps the cost at O(1) per instance that leaves.
    private void DropFormer()
    {
        if (_waiting.Count > (2 * _entries.Count) + 1024)
        {
            var current = _waiting.UnorderedItems.Where(w => IsCurrent(w.Element)).ToList();
            _waiting.Clear();
            _waiting.EnqueueRange(current);
        }
    }

    private sealed class Entry(CheckTarget target)
    {
        public CheckTarget Target { get; } = target;

        /// <summary>The probe that runs; 0 if none does.</summary>
        public long Probe { get; set; }

        public TimeSpan ProbedAt { get; set; }

        public Health Health { get; set; }

        public int Successes { get; set; }

        public int Failures { get; set; }

        public ProbeResult? Last { get; set; }

        public TimeSpan LastAt { get; set; }

        public TimeSpan FailingFor { get; set; }
    }
}
