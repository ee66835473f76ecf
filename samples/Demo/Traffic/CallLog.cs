using System.Collections.Concurrent;
using Muster.Client.Balancing;

namespace Muster.Samples.Demo.Traffic;

/// <summary>What the balancing handler did with each instance: attempts, and when one was last chosen.</summary>
/// <remarks>Thread-safe. Bounded by the processes that the demo may start, because it names their instances itself.</remarks>
internal sealed class CallLog(TimeProvider timeProvider) : ICallObserver
{
    private readonly ConcurrentDictionary<(string Service, string Instance), CallMeter> _meters = new();
    private readonly ConcurrentDictionary<string, long> _lastPicks = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public void OnPicked(string service, string instanceId) => _lastPicks[instanceId] = timeProvider.GetTimestamp();

    /// <inheritdoc />
    public void OnCompleted(AttemptOutcome outcome)
    {
        var meter = MeterOf(outcome.Service, outcome.InstanceId);
        if (outcome.Success)
        {
            meter.Succeed(outcome.Duration);
        }
        else
        {
            meter.Fail();
        }
    }

    /// <summary>The attempts at one instance.</summary>
    public CallMeter MeterOf(string service, string instance) => _meters.GetOrAdd((service, instance), static _ => new CallMeter());

    /// <summary>How long after a moment an instance was last chosen; zero if it was not chosen since.</summary>
    /// <param name="instance">The instance's id.</param>
    /// <param name="moment">A timestamp of the clock that this log was given.</param>
    public TimeSpan LastPickAfter(string instance, long moment) =>
        _lastPicks.TryGetValue(instance, out var picked) && picked > moment
            ? timeProvider.GetElapsedTime(moment, picked)
            : TimeSpan.Zero;
}
