namespace Muster.Client.Balancing;

/// <summary>How long this process's own calls to an instance take, and how many of them fail.</summary>
/// <remarks>
/// <para>Latency is a peak-sensitive moving average (Finagle's peak EWMA): a call slower than the average becomes the average, faster ones
/// bring it down by e^(-t/τ) with τ = 10 s, t being the time since the last one. It falls by the same law while nothing is sent, or an
/// instance that was slow once would never be tried again. A call that its caller gave up took at least as long as it had by then, which
/// counts where that is longer than the average: of an instance that hangs, nothing else is ever heard.</para>
/// <para>The share of failures falls by the same law: one that is not called because it failed would otherwise stay as it was when it was
/// called last, and never be tried again.</para>
/// Thread-safe without locks: two calls that end in the same instant may lose one figure, which an average does not miss.
/// A value inside of its owner, not an object beside it: a pick would fetch another line of memory for it.
/// </remarks>
internal struct OwnLatency
{
    // By multiplication: a division would take a fifth of a pick.
    private const double TausPerTick = 1 / (10_000.0 * TimeSpan.TicksPerMillisecond);

    // Of the last attempts each counts for a sixteenth.
    private const double ErrorStep = 1.0 / 16;

    // Below it, nothing has failed for a hundred attempts.
    private const double ErrorShareMin = 0.002;

    // First, beside what its owner has in front of it: most policies read no more.
    private double _errorShare;
    private long _errorAtTicks;
    private double _milliseconds = double.NaN;
    private long _atTicks;

    public OwnLatency()
    {
    }

    /// <summary>Whether anything of failures is remembered.</summary>
    public readonly bool HasErrors => Volatile.Read(in _errorShare) > 0;

    public readonly double ErrorShareAt(TimeSpan now) => Volatile.Read(in _errorShare) is var share && share == 0
        ? 0
        : share * Kept(in _errorAtTicks, now);

    public void OnEnded(AttemptResult result, TimeSpan now, TimeSpan? latency)
    {
        if (result != AttemptResult.Cancelled)
        {
            CountError(result is AttemptResult.Failure or AttemptResult.Overload, now);
        }

        if (latency is { TotalMilliseconds: var milliseconds }
            && (result == AttemptResult.Success || (result == AttemptResult.Cancelled && milliseconds > At(now))))
        {
            Add(now, milliseconds);
        }
    }

    public readonly double? At(TimeSpan now)
    {
        var value = Volatile.Read(in _milliseconds);
        return double.IsNaN(value) ? null : value * Kept(in _atTicks, now);
    }

    /// <summary>When the average was written last; null if it never was.</summary>
    public readonly TimeSpan? WrittenAt =>
        double.IsNaN(Volatile.Read(in _milliseconds)) ? null : TimeSpan.FromTicks(Volatile.Read(in _atTicks));

    private void Add(TimeSpan now, double milliseconds)
    {
        var average = Volatile.Read(ref _milliseconds);
        if (!(milliseconds < average))
        {
            Volatile.Write(ref _milliseconds, milliseconds);
        }
        else
        {
            Volatile.Write(ref _milliseconds, milliseconds + (Kept(in _atTicks, now) * (average - milliseconds)));
        }

        Volatile.Write(ref _atTicks, now.Ticks);
    }

    private static double Kept(ref readonly long atTicks, TimeSpan now) => Decay.Of((now.Ticks - Volatile.Read(in atTicks)) * TausPerTick);

    // An instance that never fails is never written to here.
    private void CountError(bool failed, TimeSpan now)
    {
        if (failed || Volatile.Read(ref _errorShare) > 0)
        {
            var share = ErrorShareAt(now);
            var next = share + (ErrorStep * ((failed ? 1 : 0) - share));
            Volatile.Write(ref _errorShare, next < ErrorShareMin ? 0 : next);
            Volatile.Write(ref _errorAtTicks, now.Ticks);
        }
    }
}
