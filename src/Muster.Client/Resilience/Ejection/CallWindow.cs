using System.Runtime.InteropServices;
using Muster.Client.Balancing;

namespace Muster.Client.Resilience;

/// <summary>How the calls to one instance went: ever, and since outlier detection looked last.</summary>
/// <remarks>Thread-safe, but for <see cref="Take"/>, which is the detector's alone: every call adds, anybody may read.</remarks>
internal sealed class CallWindow
{
    private Padded _sums;
    private CallTotals _taken;

    /// <summary>All of them. Three figures that are read one after the other: a call that ends meanwhile may be in one and not in
    /// another.</summary>
    public CallTotals Totals => new(
        Volatile.Read(ref _sums.Successes), Volatile.Read(ref _sums.Failures), Volatile.Read(ref _sums.LatencyMicroseconds) / 1000.0);

    public void Add(AttemptResult result, TimeSpan? latency)
    {
        if (result is AttemptResult.Cancelled)
        {
            return;
        }

        if (result == AttemptResult.Failure)
        {
            Interlocked.Increment(ref _sums.Failures);
            return;
        }

        Interlocked.Increment(ref _sums.Successes);
        if (latency is { } time && result == AttemptResult.Success)
        {
            Interlocked.Add(ref _sums.LatencyMicroseconds, (long)time.TotalMicroseconds);
        }
    }

    /// <summary>What came since it was called before.</summary>
    public CallCounts Take()
    {
        var (before, now) = (_taken, Totals);
        _taken = now;
        return new CallCounts(
            (int)(now.Successes - before.Successes), (int)(now.Failures - before.Failures),
            now.LatencyMilliseconds - before.LatencyMilliseconds);
    }

    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Padded
    {
        [FieldOffset(64)]
        public long Successes;

        [FieldOffset(72)]
        public long Failures;

        [FieldOffset(80)]
        public long LatencyMicroseconds;
    }
}
