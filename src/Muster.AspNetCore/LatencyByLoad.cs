using System.Numerics;

namespace Muster.AspNetCore;

/// <summary>How long requests took of late, kept apart by how many ran when they came. The figure is the median of those that came at
/// about the load of now, as Prequal has it (NSDI 2024).</summary>
/// <remarks>
/// <para>Why apart: over all loads together, a server that has just become idle would be slow.</para>
/// <para>Why the median: a request in ten that takes a hundred times as long makes an average ten times as large, and tells nothing of
/// the other nine.</para>
/// <para>Why figures age: callers avoid a server that says it is slow, so nothing would ever correct it. Where no figure is left there
/// is none, and callers take the server for an average one.</para>
/// <para>Thread-safe without locks, and allocates nothing: a latency and its time are one word, which is written at once. Two that end
/// in the same instant take two places, so none is lost.</para>
/// </remarks>
internal sealed class LatencyByLoad(TimeSpan window)
{
    // By powers of two: 1, 2-3, 4-7, ... 32,768 and more.
    private const int Levels = 16;

    // The median of 32 is within a fifth or so of the true one where latencies spread as much as their mean is. All levels take 4 KiB.
    private const int PerLevel = 32;

    // A median of fewer is just one of them, so the levels beside are asked too.
    private const int Enough = 3;

    // Times are counted in 2^17 ticks, 13 ms: a count has 32 bits, and goes round in 1.8 years.
    private const int UnitShift = 17;

    private readonly uint _windowUnits = (uint)(window.Ticks >> UnitShift);

    // Time above, the latency's bits below; zero is an empty place.
    private readonly long[] _samples = new long[Levels * PerLevel];
    private readonly int[] _next = new int[Levels];

    /// <summary>Adds one that has ended.</summary>
    /// <param name="inFlight">How many ran when it came, itself included.</param>
    /// <param name="milliseconds">How long it took.</param>
    /// <param name="now">When it ended, from any fixed origin.</param>
    public void Add(long inFlight, double milliseconds, TimeSpan now)
    {
        var level = LevelOf(inFlight);
        var place = (uint)Interlocked.Increment(ref _next[level]) % PerLevel;
        var word = ((long)Units(now) << 32) | BitConverter.SingleToUInt32Bits((float)milliseconds);
        Volatile.Write(ref _samples[(level * PerLevel) + (int)place], word);
    }

    /// <summary>The median of the loads closest to this one that have figures; null if all are too old, or there are none.</summary>
    public double? Near(long inFlight, TimeSpan now)
    {
        var level = LevelOf(inFlight);
        var units = Units(now);
        Span<float> found = stackalloc float[(2 * PerLevel) + Enough];
        var count = 0;
        for (var distance = 0; distance < Levels && count < Enough; distance++)
        {
            count += Take(level - distance, units, found[count..]);
            count += distance == 0 ? 0 : Take(level + distance, units, found[count..]);
        }

        if (count == 0)
        {
            return null;
        }

        var sorted = found[..count];
        sorted.Sort();
        return ((double)sorted[count / 2] + sorted[(count - 1) / 2]) / 2;
    }

    private int Take(int level, uint units, Span<float> found)
    {
        if (level is < 0 or >= Levels)
        {
            return 0;
        }

        var count = 0;
        for (var place = level * PerLevel; place < (level + 1) * PerLevel; place++)
        {
            var word = Volatile.Read(ref _samples[place]);
            if (word != 0 && unchecked(units - (uint)(word >> 32)) <= _windowUnits)
            {
                found[count++] = BitConverter.UInt32BitsToSingle((uint)word);
            }
        }

        return count;
    }

    private static uint Units(TimeSpan now) => unchecked((uint)(now.Ticks >> UnitShift));

    private static int LevelOf(long inFlight) => Math.Min(BitOperations.Log2((ulong)Math.Max(1, inFlight)), Levels - 1);
}
