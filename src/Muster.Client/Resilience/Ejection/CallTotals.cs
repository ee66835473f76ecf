namespace Muster.Client.Resilience;

/// <summary>How the calls to one instance went, ever.</summary>
/// <param name="Successes">Attempts in which the instance did its part, or was too busy to.</param>
/// <param name="Failures">Attempts in which it did not.</param>
/// <param name="LatencyMilliseconds">How long the successes took together; streams, which take as long as they are wanted, count as
/// nothing.</param>
internal readonly record struct CallTotals(long Successes, long Failures, double LatencyMilliseconds)
{
    public long Calls => Successes + Failures;
}
