namespace Muster.Bench.LoadLab.Engine;

/// <summary>How many latencies were how long, to within a quarter of a per cent.</summary>
/// <remarks>Each doubling is cut into 256 steps: the upper bits of the number as the processor stores it are the step.</remarks>
internal sealed class LatencyHistogram
{
    private const int StepBits = 8;
    private const int MantissaBits = 52;
    private const int Doublings = 44;

    private static readonly long s_first = BitConverter.DoubleToInt64Bits(1.0) >> (MantissaBits - StepBits);

    private readonly long[] _counts = new long[Doublings << StepBits];

    public long Count { get; private set; }

    public double SumTicks { get; private set; }

    public double MeanTicks => SumTicks / Count;

    public void Add(long ticks)
    {
        var index = (BitConverter.DoubleToInt64Bits(Math.Max(1, ticks)) >> (MantissaBits - StepBits)) - s_first;
        _counts[Math.Min(index, _counts.Length - 1)]++;
        Count++;
        SumTicks += ticks;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        SumTicks += other.SumTicks;
    }

    /// <summary>What is left when some of them are taken out.</summary>
    public LatencyHistogram Without(LatencyHistogram part)
    {
        var rest = new LatencyHistogram { Count = Count - part.Count, SumTicks = SumTicks - part.SumTicks };
        for (var i = 0; i < _counts.Length; i++)
        {
            rest._counts[i] = _counts[i] - part._counts[i];
        }

        return rest;
    }

    /// <summary>The latency that a share of all does not exceed, interpolated within its step; not a number if there are none.</summary>
    public double PercentileTicks(double share)
    {
        var rank = share * Count;
        long below = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            if (below + _counts[i] >= rank && _counts[i] > 0)
            {
                return Bound(i) + ((Bound(i + 1) - Bound(i)) * (rank - below) / _counts[i]);
            }

            below += _counts[i];
        }

        return double.NaN;
    }

    private static double Bound(int index) => BitConverter.Int64BitsToDouble((s_first + index) << (MantissaBits - StepBits));
}
