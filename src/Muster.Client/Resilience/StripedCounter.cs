using System.Numerics;

namespace Muster.Client.Resilience;

/// <summary>Counts what many threads do, each on a line of memory of its own, and adds up when somebody asks.</summary>
/// <remarks>Thread-safe. A sum that is taken while others count may lack what is counted just then.</remarks>
internal sealed class StripedCounter
{
    // 128 bytes between counters: two cache lines, because processors fetch neighbours in pairs.
    private const int StrideWords = 16;

    // 2 KiB for each service; more threads than that at one service in the same instant are rare.
    private const int StripesMax = 16;

    private readonly long[] _counters;
    private readonly int _mask;

    public StripedCounter()
    {
        var stripes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 1, StripesMax));
        _mask = stripes - 1;
        _counters = new long[(stripes + 1) * StrideWords];
    }

    public void Increment() =>
        Interlocked.Increment(ref _counters[((Environment.CurrentManagedThreadId & _mask) + 1) * StrideWords]);

    public long Sum()
    {
        long sum = 0;
        for (var i = StrideWords; i < _counters.Length; i += StrideWords)
        {
            sum += Volatile.Read(ref _counters[i]);
        }

        return sum;
    }
}
