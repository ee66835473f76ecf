namespace Muster.Bench.LoadDriver.Registry.Load;

/// <summary>Percentiles of one round.</summary>
internal sealed class Percentiles(IEnumerable<double> values)
{
    private readonly List<double> _ordered = [.. values.Order()];

    /// <summary>The smallest value that at least this share of all do not exceed.</summary>
    public double At(double share) => _ordered[Math.Max(0, (int)Math.Ceiling(share * _ordered.Count) - 1)];
}
