namespace Muster.Client.Balancing.Policies;

/// <summary>What weighted round robin found when it looked at its weights.</summary>
/// <param name="IsFallback">Fewer than two were usable.</param>
/// <param name="NotYetUsable">Instances that have not reported, or not for long enough.</param>
/// <param name="Stale">Instances whose last report is too old.</param>
/// <param name="Weights">The weights by reports; 0 where there is none.</param>
internal readonly record struct WeightUpdate(bool IsFallback, int NotYetUsable, int Stale, IReadOnlyList<double> Weights);
