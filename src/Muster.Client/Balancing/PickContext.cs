namespace Muster.Client.Balancing;

/// <summary>What a pick may know beyond its candidates.</summary>
/// <param name="now">The time, on the same monotonic clock as the load reports.</param>
/// <param name="random">Where random numbers come from.</param>
/// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
public readonly struct PickContext(TimeSpan now, PickRandom random, ulong? affinity = null)
{
    /// <summary>The time, on the same monotonic clock as <see cref="ReportedLoad.At"/>.</summary>
    public TimeSpan Now { get; } = now;

    /// <summary>Where random numbers come from.</summary>
    public PickRandom Random { get; } = random;

    /// <summary>The hash of the call's affinity key (<see cref="BalancingOptions.AffinityHeader"/>). Null: it has none, and any
    /// instance is as good as another.</summary>
    public ulong? Affinity { get; } = affinity;
}
