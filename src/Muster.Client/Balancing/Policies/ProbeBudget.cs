namespace Muster.Client.Balancing.Policies;

/// <summary>How many probes a process sends to a service at most: a rate, with a small burst.</summary>
/// <remarks>Thread-safe: one atomic write per probe that is allowed (a virtual schedule: each probe moves the next one's time).</remarks>
internal sealed class ProbeBudget(double perSecond)
{
    private const int Burst = 10;

    private readonly long _gapTicks = (long)(TimeSpan.TicksPerSecond / perSecond);
    private long _nextTicks = long.MinValue;

    /// <summary>Takes one, if there is one.</summary>
    public bool TryTake(TimeSpan now)
    {
        var next = Volatile.Read(ref _nextTicks);
        if (next > now.Ticks)
        {
            return false;
        }

        // What was not used does not add up beyond the burst. Of two that come at once the loser goes without.
        var earliest = Math.Max(next, now.Ticks - (Burst * _gapTicks));
        return Interlocked.CompareExchange(ref _nextTicks, earliest + _gapTicks, next) == next;
    }
}
