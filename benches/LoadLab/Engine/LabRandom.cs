namespace Muster.Bench.LoadLab.Engine;

/// <summary>Random numbers of a simulation: SplitMix64, so that any word may be a seed.</summary>
/// <remarks>A class of its own and not the picks' one, which pays for threads that are not here.</remarks>
internal sealed class LabRandom(ulong seed)
{
    private const ulong Gamma = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = Mix(seed + Gamma);
    private double _spareNormal = double.NaN;

    public ulong Next() => Mix(_state += Gamma);

    /// <summary>Above 0 and up to 1, so that its logarithm is a number.</summary>
    public double NextPositive() => ((Next() >> 11) + 1) * (1.0 / (1UL << 53));

    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Exponential with mean 1.</summary>
    public double NextExponential() => -Math.Log(NextPositive());

    /// <summary>Normal with mean 0 and deviation 1 (Marsaglia's polar method, which makes two at a time).</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }

        double x, y, square;
        do
        {
            x = (2 * NextPositive()) - 1;
            y = (2 * NextPositive()) - 1;
            square = (x * x) + (y * y);
        }
        while (square is >= 1 or 0);

        var scale = Math.Sqrt(-2 * Math.Log(square) / square);
        _spareNormal = y * scale;
        return x * scale;
    }

    /// <summary>A number from 0 up to 1 that belongs to a pair of numbers: the same in every run that asks.</summary>
    public static double Of(ulong seed, ulong what) => (Mix(Mix(seed + Gamma) ^ Mix(what + Gamma)) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Another seed for another purpose.</summary>
    public static ulong Derive(ulong seed, ulong purpose) => Mix(Mix(seed + Gamma) ^ purpose);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
