namespace Muster.Client.Balancing.Policies;

/// <summary>Turns by weight without a queue or a lock: gRFC A58's static stride scheduler.</summary>
/// <remarks>In its generation g, candidate i with weight w (the largest being 65,535) has a turn if
/// (w × g + 32,767 × i) mod 65,535 ≥ 65,535 - w: w of 65,535 generations, evenly spread, and candidates of the same weight at different
/// times. Weights are held within a tenth and ten times their mean, so a turn is found within ten steps on average, and always
/// within a generation of the heaviest.</remarks>
internal sealed class StaticStride
{
    private const uint Max = ushort.MaxValue;
    private const uint Offset = Max / 2;
    private const double RatioMax = 10;

    private readonly ushort[] _weights;

    /// <param name="weights">Above 0, all of them.</param>
    public StaticStride(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        var (mean, largest) = (sum / weights.Length, 0.0);
        Span<double> held = new double[weights.Length];
        for (var i = 0; i < held.Length; i++)
        {
            held[i] = Math.Clamp(weights[i], mean / RatioMax, mean * RatioMax);
            largest = Math.Max(largest, held[i]);
        }

        _weights = new ushort[held.Length];
        for (var i = 0; i < held.Length; i++)
        {
            _weights[i] = (ushort)Math.Max(1, Math.Round(held[i] / largest * Max));
        }
    }

    /// <summary>Takes the next turn.</summary>
    /// <remarks>Turns that nobody has are passed over first and taken together with the one that somebody has: most picks pass over several,
    /// and an atomic operation costs more than looking at all of them.</remarks>
    public int Next(Sequence sequence)
    {
        while (true)
        {
            var last = sequence.Last;
            var turn = last + 1;
            var (generation, index) = Math.DivRem(turn, (ulong)_weights.Length);
            while (!HasTurn(generation, index))
            {
                turn++;
                if (++index == (ulong)_weights.Length)
                {
                    (generation, index) = (generation + 1, 0);
                }
            }

            if (sequence.TryAdvance(last, turn))
            {
                return (int)index;
            }
        }
    }

    private bool HasTurn(ulong generation, ulong index)
    {
        ulong weight = _weights[index];
        return ((weight * generation) + (Offset * index)) % Max >= Max - weight;
    }
}
