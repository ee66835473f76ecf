namespace Muster.Client.Balancing;

/// <summary>What a pick may know beyond its candidates.</summary>
/// <param name="now">The time, on the same monotonic clock as the load reports.</param>
/// <param name="random">Where random numbers come from.</param>
public readonly struct PickContext(TimeSpan now, PickRandom random)
{
    /// <summary>The time, on the same monotonic clock as <see cref="ReportedLoad.At"/>.</summary>
    public TimeSpan Now { get; } = now;

    /// <summary>Where random numbers come from.</summary>
    public PickRandom Random { get; } = random;
}
