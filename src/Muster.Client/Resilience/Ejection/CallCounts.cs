namespace Muster.Client.Resilience;

/// <summary>How the calls to one instance went in one interval.</summary>
/// <param name="Successes">Attempts in which the instance did its part, or was too busy to.</param>
/// <param name="Failures">Attempts in which it did not.</param>
/// <param name="LatencySumMilliseconds">How long the successes took together.</param>
internal readonly record struct CallCounts(int Successes, int Failures, double LatencySumMilliseconds)
{
    public int Total => Successes + Failures;

    public double SuccessRate => (double)Successes / Total;

    public double MeanLatencyMilliseconds => LatencySumMilliseconds / Successes;
}
