namespace Muster.Client.Balancing;

/// <summary>Who keeps newcomers from being flooded.</summary>
public enum SlowStartMode
{
    /// <summary>The balancer: a newcomer that is picked is turned down as often as its share says, and the policy is asked again.</summary>
    ByBalancer,

    /// <summary>The policy's own pickers, by <see cref="InstanceStatistics.ShareAt"/>; the balancer sees to it only that one on probation has
    /// one call at a time.</summary>
    ByPicker,

    /// <summary>Nobody, on purpose: what belongs together must not wander about for an instance's first half minute.</summary>
    None,
}
