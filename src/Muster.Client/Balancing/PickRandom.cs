namespace Muster.Client.Balancing;

/// <summary>Random numbers for picks: seeded, fast, without allocation.</summary>
/// <remarks>Thread-safe. SplitMix64 (Steele, Lea, Flood 2014): the state is a counter, so that threads may share one by an
/// atomic addition. Threads are spread over several counters, because one shared cache line would cost more than the pick.
/// With one stripe the sequence depends on the seed alone.</remarks>
public sealed class PickRandom
{
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    // 128 bytes between counters: two cache lines, because processors fetch neighbours in pairs.
    private const int StrideWords = 16;

    private readonly long[] _counters;
    private readonly int _stripeMask;

    /// <summary>Creates a source.</summary>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <param name="stripes">How many threads may draw without meeting; rounded up to a power of two, at most 64. Default 1.</param>
    public PickRandom(ulong seed, int stripes = 1)
    {
        var count = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(stripes, 1, 64));
        _stripeMask = count - 1;
        _counters = new long[(count + 1) * StrideWords];
        for (var i = 0; i < count; i++)
        {
            _counters[(i + 1) * StrideWords] = (long)Mix(seed + ((ulong)i * Gamma));
        }
    }

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        var stripe = (Environment.CurrentManagedThreadId & _stripeMask) + 1;
        return Mix((ulong)Interlocked.Add(ref _counters[stripe * StrideWords], unchecked((long)Gamma)));
    }

    /// <summary>A number from 0 up to, and without, the bound. All are equally likely to within bound / 2^64.</summary>
    /// <param name="bound">1 or more.</param>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number from 0 up to, and without, 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Two different numbers from 0 up to, and without, the bound.</summary>
    /// <param name="bound">2 or more.</param>
    // Each half of the word is scaled to its range; the bias is below bound / 2^32. The second number skips the first.
    internal (int First, int Second) TwoBelow(int bound)
    {
        var bits = Next();
        var first = (int)(((bits >> 32) * (ulong)bound) >> 32);
        var second = (int)(((ulong)(uint)bits * (ulong)(bound - 1)) >> 32);
        return (first, second >= first ? second + 1 : second);
    }

    /// <summary>Spreads 64 bits so that each of them depends on all.</summary>
    internal static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
