using System.Runtime.InteropServices;
using Muster.Client.Balancing;

namespace Muster.Client.Resilience;

/// <summary>How the calls to one instance went: ever, and since outlier detection looked last.</summary>
/// <remarks>Thread-safe, but for <see cref="Take"/>, which is the detector's alone: every call adds, anybody may read.</remarks>
internal sealed class CallWindow
{
    private Padded _sums;
    private CallCounts _taken;

    /// <summary>All of them. Figures that are read one after the other: a call that ends meanwhile may be in one and not in another.</summary>
    public CallCounts Totals => new(
        Volatile.Read(ref _sums.Successes), Volatile.Read(ref _sums.Failures),
        new CallTimes(Volatile.Read(ref _sums.Answered), Volatile.Read(ref _sums.AnsweredMicroseconds) / 1000.0),
        new CallTimes(Volatile.Read(ref _sums.GivenUp), Volatile.Read(ref _sums.GivenUpMicroseconds) / 1000.0));

    public void Add(AttemptResult result, TimeSpan? latency)
    {
        switch (result)
        {
            case AttemptResult.Success:
                Interlocked.Increment(ref _sums.Successes);
                AddTime(ref _sums.Answered, ref _sums.AnsweredMicroseconds, latency);
                break;
            case AttemptResult.Overload:
                Interlocked.Increment(ref _sums.Successes);
                break;
            case AttemptResult.Failure:
                Interlocked.Increment(ref _sums.Failures);
                break;
            default:
                AddTime(ref _sums.GivenUp, ref _sums.GivenUpMicroseconds, latency);
                break;
        }
    }

    /// <summary>What came since it was called before.</summary>
    public CallCounts Take()
    {
        var (before, now) = (_taken, Totals);
        _taken = now;
        return now - before;
    }

    private static void AddTime(ref long count, ref long microseconds, TimeSpan? latency)
    {
        if (latency is { } time)
        {
            Interlocked.Increment(ref count);
            Interlocked.Add(ref microseconds, (long)time.TotalMicroseconds);
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Padded
    {
        [FieldOffset(64)]
        public long Successes;

        [FieldOffset(72)]
        public long Failures;

        [FieldOffset(80)]
        public long Answered;

        [FieldOffset(88)]
        public long AnsweredMicroseconds;

        [FieldOffset(96)]
        public long GivenUp;

        [FieldOffset(104)]
        public long GivenUpMicroseconds;
    }
}
