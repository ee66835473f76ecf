using System.Numerics;

namespace Muster.Samples.Demo.Traffic;

/// <summary>Counts durations in buckets that grow with the duration, so that memory does not grow with the calls.</summary>
/// <remarks>Thread-safe without locks: each bucket is counted by itself, and a reader may miss the calls of the last moment.
/// From 1 µs to half an hour, each bucket is at most 1/16 of its value wide, so a percentile is at most 6.25 % too high.</remarks>
internal sealed class LatencyHistogram
{
    // Values below 16 have a bucket each; above, each power of two has 16. 2^31 µs is 36 minutes; longer is counted as that.
    private const int BucketsPerOctave = 16;
    private const int OctaveBits = 4;
    private const long MicrosecondsMax = (1L << 31) - 1;
    private const int BucketCount = BucketsPerOctave * (31 - OctaveBits + 1);

    private readonly long[] _buckets = new long[BucketCount];
    private long _count;

    /// <summary>How many were counted.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Counts one.</summary>
    /// <param name="duration">Below 0 counts as 0.</param>
    public void Add(TimeSpan duration)
    {
        var microseconds = Math.Clamp(duration.Ticks / TimeSpan.TicksPerMicrosecond, 0, MicrosecondsMax);
        Interlocked.Increment(ref _buckets[IndexOf(microseconds)]);
        Interlocked.Increment(ref _count);
    }

    /// <summary>The duration that this share of all durations does not exceed; zero if none was counted.</summary>
    /// <param name="share">Above 0 to 1: 0.99 is p99.</param>
    public TimeSpan Percentile(double share)
    {
        var counts = _buckets.Select((_, i) => Interlocked.Read(ref _buckets[i])).ToArray();
        var wanted = (long)Math.Ceiling(counts.Sum() * share);
        var seen = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= wanted && seen > 0)
            {
                return TimeSpan.FromMicroseconds(UpperBoundOf(i));
            }
        }

        return TimeSpan.Zero;
    }

    private static int IndexOf(long microseconds)
    {
        if (microseconds < BucketsPerOctave)
        {
            return (int)microseconds;
        }

        var octave = BitOperations.Log2((ulong)microseconds) - OctaveBits;
        return ((octave + 1) * BucketsPerOctave) + (int)((microseconds >> octave) - BucketsPerOctave);
    }

    // The largest value of the bucket: a percentile should not promise less than was measured.
    private static long UpperBoundOf(int index)
    {
        if (index < BucketsPerOctave)
        {
            return index;
        }

        var octave = (index / BucketsPerOctave) - 1;
        return ((index % BucketsPerOctave) + BucketsPerOctave + 1L << octave) - 1;
    }
}
