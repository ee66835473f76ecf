using Muster.Core.Fanout;
using Muster.Core.Model;

namespace Muster.Registry.Watch;

/// <summary>Drives the <see cref="DrainBarrier"/> of each drain that somebody waits for: brings it acknowledgements, the ends of
/// streams, and the time.</summary>
/// <remarks>Thread-safe. Bounded by <see cref="NodeLimits.DrainsMax"/>.</remarks>
internal sealed class DrainWaits(MonotonicClock clock, TimeProvider timeProvider, NodeLimits limits)
{
    // Guards the list and every barrier in it. Taken last: nothing under it takes another lock.
    private readonly Lock _lock = new();
    private readonly List<Wait> _waits = [];

    // Written under the lock, read without it by every acknowledgement, of which there are many and nearly always nothing waits.
    // A watcher notes its revision before it reads this, and a drain adds its wait before it reads the watchers' revisions; both
    // do the former under the watcher's lock. So one of the two sees the other.
    private volatile int _count;

    /// <summary>Begins to wait.</summary>
    /// <param name="service">The service of the instance that drains.</param>
    /// <param name="watchers">Who watched it at the announcement.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="acknowledgedBy">What a watcher has acknowledged by now.</param>
    /// <returns>Null if too many wait already.</returns>
    public Task<DrainOutcome>? TryBegin(
        ServiceKey service, IReadOnlyList<DrainWatcher> watchers, TimeSpan patience, Func<long, Revision> acknowledgedBy)
    {
        var barrier = new DrainBarrier(watchers, clock.Now, patience);
        if (barrier.IsOver)
        {
            return Task.FromResult(barrier.Outcome);
        }

        var wait = new Wait(service, barrier);
        lock (_lock)
        {
            if (_waits.Count >= limits.DrainsMax)
            {
                return null;
            }

            _waits.Add(wait);
            _count = _waits.Count;
        }

        foreach (var watcher in watchers)
        {
            var acknowledged = acknowledgedBy(watcher.Id);
            Step(wait, w => w.Barrier.Acknowledge(watcher.Id, acknowledged));
        }

        wait.Timer = timeProvider.CreateTimer(
            _ => Step(wait, w => w.Barrier.Tick(clock.Now)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // One millisecond more, so that a timer which fires a tick early still finds the time over.
        wait.Timer.Change(patience + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        return FinishAsync(wait);
    }

    /// <summary>A watcher has acknowledged a revision of a service.</summary>
    public void OnAcknowledged(long watcher, ServiceKey service, Revision revision) =>
        StepAll(service, w => w.Barrier.Acknowledge(watcher, revision));

    /// <summary>A watcher watches a service no more.</summary>
    public void OnLeft(long watcher, ServiceKey service) => StepAll(service, w => w.Barrier.Leave(watcher));

    private static async Task<DrainOutcome> FinishAsync(Wait wait)
    {
        try
        {
            return await wait.Over.Task;
        }
        finally
        {
            await wait.Timer!.DisposeAsync();
        }
    }

    private void StepAll(ServiceKey service, Func<Wait, bool> step)
    {
        if (_count == 0)
        {
            return;
        }

        lock (_lock)
        {
            for (var i = _waits.Count - 1; i >= 0; i--)
            {
                if (_waits[i].Service == service && step(_waits[i]))
                {
                    EndLocked(_waits[i]);
                }
            }
        }
    }

    private void Step(Wait wait, Func<Wait, bool> step)
    {
        lock (_lock)
        {
            if (step(wait))
            {
                EndLocked(wait);
            }
        }
    }

    private void EndLocked(Wait wait)
    {
        _waits.Remove(wait);
        _count = _waits.Count;
        wait.Over.TrySetResult(wait.Barrier.Outcome);
    }

    private sealed class Wait(ServiceKey service, DrainBarrier barrier)
    {
        public ServiceKey Service => service;

        public DrainBarrier Barrier => barrier;

        public ITimer? Timer { get; set; }

        public TaskCompletionSource<DrainOutcome> Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
