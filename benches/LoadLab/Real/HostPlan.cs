namespace Muster.Bench.LoadLab.Real;

/// <summary>What the hosts of a fleet are like.</summary>
/// <param name="Speeds">Speed of each.</param>
/// <param name="Protocol">What they speak.</param>
internal sealed record HostPlan(IReadOnlyList<double> Speeds, RealProtocol Protocol)
{
    public int Cores { get; init; } = 4;

    /// <summary>Whether every request is answered with UNAVAILABLE, or 503, at once.</summary>
    public bool Fails { get; init; }
}
