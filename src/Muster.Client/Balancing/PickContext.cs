namespace Muster.Client.Balancing;

/// <summary>What a pick may know beyond its candidates.</summary>
/// <param name="now">The time, on the same monotonic clock as the load reports.</param>
/// <param name="random">Where random numbers come from.</param>
/// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
public readonly struct PickContext(TimeSpan now, PickRandom random, ulong? affinity = null)
{
    // Not as one nullable: with the flag below it takes no more room.
    private readonly ulong _affinity = affinity.GetValueOrDefault();
    private readonly bool _hasAffinity = affinity is not null;

    /// <summary>The time, on the same monotonic clock as <see cref="ReportedLoad.At"/>.</summary>
    public TimeSpan Now { get; } = now;

    /// <summary>Where random numbers come from.</summary>
    public PickRandom Random { get; } = random;

    /// <summary>The hash of the call's affinity key (<see cref="BalancingOptions.AffinityHeader"/>). Null: it has none, and any
    /// instance is as good as another.</summary>
    public ulong? Affinity => _hasAffinity ? _affinity : null;

    /// <summary>Whether the call has been counted since: then who explains the pick leaves it out.</summary>
    internal bool IsCounted { get; init; }
}
