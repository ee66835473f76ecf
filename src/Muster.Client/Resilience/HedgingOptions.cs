namespace Muster.Client.Resilience;

/// <summary>Sends a call a second time, to another instance, when the first one takes longer than most do, and takes the answer that
/// comes first (Dean and Barroso, "The Tail at Scale").</summary>
/// <remarks>
/// The same calls as <see cref="RetryOptions"/> says, without streams: a hedge runs the call twice on purpose. The losers are cancelled,
/// which is not held against their instances. An attempt that fails sends the next one at once.
/// <para>It pays where calls are slow now and then for reasons of the instance (a pause, a queue, a neighbour). It does not where some calls
/// are slow by what they ask for: those are then done twice.</para>
/// </remarks>
public sealed record HedgingOptions
{
    /// <summary>A call that has not been answered when so large a share of calls would have been is sent again.</summary>
    /// <value>Default 0.95: measured over the service's last half minute to minute. Allowed: 0.5 to 0.999.</value>
    public double Percentile { get; init; } = 0.95;

    /// <summary>A hedge is sent after so long at the earliest.</summary>
    /// <value>Default 1 ms. Allowed: 100 µs to 10 s.</value>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>A hedge is sent after so long while there are too few calls (less than 30) to know a percentile.</summary>
    /// <value>Default 100 ms. Allowed: <see cref="DelayMin"/> to 1 min.</value>
    public TimeSpan DelayInitial { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Hedges of one call.</summary>
    /// <value>Default 1. Allowed: 1 to 4. Each further one waits once more.</value>
    public int ExtraMax { get; init; } = 1;

    /// <summary>The hedges' own budget: how many there may be for a hundred calls. They draw on
    /// <see cref="RetryOptions.BudgetPercent"/> as well.</summary>
    /// <value>Percent. Default 5. Allowed: 0.1 to 100.</value>
    public double BudgetPercent { get; init; } = 5;
}
