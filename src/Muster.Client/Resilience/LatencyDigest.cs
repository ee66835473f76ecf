using System.Numerics;

namespace Muster.Client.Resilience;

/// <summary>How long the calls of one service take, as counts by size, of the last half minute to minute.</summary>
/// <remarks>
/// Thread-safe without locks. A record is one atomic addition and allocates nothing. Sixteen buckets to each doubling, so that what is
/// read is at most 6 % too long. Two windows: one that fills, and the one before it; both are read. A record that is under way
/// while the windows change places may land in the wrong one, which no percentile notices.
/// </remarks>
internal sealed class LatencyDigest
{
    /// <summary>Fewer say nothing of a percentile.</summary>
    public const int RecordsMin = 30;

    /// <summary>How long a window fills.</summary>
    public static readonly TimeSpan WindowLength = TimeSpan.FromSeconds(30);

    // A percentile is read by each hedged call, and changes slowly.
    private static readonly TimeSpan QuantileAge = TimeSpan.FromMilliseconds(100);

    private const int SubBits = 4;
    private const int SubBuckets = 1 << SubBits;

    // Microseconds up to 2^36, which is 19 hours.
    private const int BitsMax = 36;
    private const int BucketsCount = (BitsMax - SubBits + 1) * SubBuckets;

    private readonly int[][] _windows = [new int[BucketsCount], new int[BucketsCount]];
    private int _current;
    private long _turnAtTicks;

    private double _quantile;
    private long _quantileTicks = -1;
    private long _quantileUntilTicks;

    /// <summary>Adds one.</summary>
    public void Record(TimeSpan latency, TimeSpan now)
    {
        TurnIfDue(now);
        Interlocked.Increment(ref _windows[Volatile.Read(ref _current)][IndexOf(latency)]);
    }

    /// <summary>The latency that a share of calls does not exceed; up to 100 ms old.</summary>
    /// <returns>Null if there are fewer than <see cref="RecordsMin"/>.</returns>
    public TimeSpan? Quantile(double share, TimeSpan now)
    {
        TurnIfDue(now);
        if (now.Ticks >= Volatile.Read(ref _quantileUntilTicks) || share != Volatile.Read(ref _quantile))
        {
            Volatile.Write(ref _quantileTicks, Read(share)?.Ticks ?? -1);
            Volatile.Write(ref _quantile, share);
            Volatile.Write(ref _quantileUntilTicks, (now + QuantileAge).Ticks);
        }

        var ticks = Volatile.Read(ref _quantileTicks);
        return ticks < 0 ? null : TimeSpan.FromTicks(ticks);
    }

    /// <summary>The bucket of a latency.</summary>
    internal static int IndexOf(TimeSpan latency)
    {
        var microseconds = Math.Clamp(latency.Ticks / TimeSpan.TicksPerMicrosecond, 0, (1L << BitsMax) - 1);
        if (microseconds < SubBuckets)
        {
            return (int)microseconds;
        }

        var shift = BitOperations.Log2((ulong)microseconds) - SubBits;
        return ((shift + 1) * SubBuckets) + (int)((microseconds >> shift) & (SubBuckets - 1));
    }

    /// <summary>The end of a bucket: no latency in it is longer.</summary>
    internal static TimeSpan EndOf(int index)
    {
        var shift = Math.Max(0, (index / SubBuckets) - 1);
        var sub = index < SubBuckets ? index : SubBuckets + (index % SubBuckets);
        return TimeSpan.FromMicroseconds((long)(sub + 1) << shift);
    }

    private TimeSpan? Read(double share)
    {
        long total = 0;
        for (var i = 0; i < BucketsCount; i++)
        {
            total += CountOf(i);
        }

        if (total < RecordsMin)
        {
            return null;
        }

        var rank = (long)Math.Ceiling(share * total);
        for (var i = 0; i < BucketsCount; i++)
        {
            rank -= CountOf(i);
            if (rank <= 0)
            {
                return EndOf(i);
            }
        }

        // Counts that grew between the two passes only make it end sooner.
        return EndOf(BucketsCount - 1);
    }

    private int CountOf(int index) => Volatile.Read(ref _windows[0][index]) + Volatile.Read(ref _windows[1][index]);

    private void TurnIfDue(TimeSpan now)
    {
        var due = Volatile.Read(ref _turnAtTicks);
        if (now.Ticks < due || Interlocked.CompareExchange(ref _turnAtTicks, (now + WindowLength).Ticks, due) != due)
        {
            return;
        }

        // Only the one who moved the time comes here.
        var next = 1 - Volatile.Read(ref _current);
        Array.Clear(_windows[next]);
        if (now.Ticks >= due + WindowLength.Ticks)
        {
            // Nobody called for so long that the other one is old too.
            Array.Clear(_windows[1 - next]);
        }

        Volatile.Write(ref _current, next);
    }
}
