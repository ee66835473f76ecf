using Muster.Client.Balancing;

namespace Muster.Client.Resilience;

/// <summary>How long to wait before a retry (gRFC A6): min × multiplier^(n-1), at most max, ± 20 %.</summary>
internal static class RetryBackoff
{
    private const double Jitter = 0.2;

    /// <summary>The wait.</summary>
    /// <param name="retry">1 for the first.</param>
    /// <param name="options">The figures.</param>
    /// <param name="random">So that the calls which failed together do not come back together.</param>
    public static TimeSpan Of(int retry, RetryOptions options, PickRandom random)
    {
        var milliseconds = Math.Min(
            options.BackoffMax.TotalMilliseconds,
            options.BackoffMin.TotalMilliseconds * Math.Pow(options.BackoffMultiplier, Math.Max(1, retry) - 1));
        return TimeSpan.FromMilliseconds(milliseconds * (1 - Jitter + (2 * Jitter * random.NextDouble())));
    }
}
