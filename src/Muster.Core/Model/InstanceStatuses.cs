namespace Muster.Core.Model;

/// <summary>Derives and judges statuses: the one place that does, on either side of the wire.</summary>
public static class InstanceStatuses
{
    /// <summary>The first status that applies.</summary>
    public static InstanceStatus Derive(Intent intent, Liveness liveness, Health health) => (intent, liveness, health) switch
    {
        (Intent.Out, _, _) => InstanceStatus.Out,
        (Intent.Draining, _, _) => InstanceStatus.Draining,
        (_, Liveness.Timeout, _) => InstanceStatus.Timeout,
        (_, _, Health.Unhealthy) => InstanceStatus.Unhealthy,
        (_, _, Health.Degraded) => InstanceStatus.Degraded,
        (_, Liveness.Alive, _) => InstanceStatus.Healthy,
        _ => InstanceStatus.Unknown,
    };

    /// <summary>Which instances to try first: 0 before 1 before 2; null is never to be called.</summary>
    /// <remarks>Degraded instances serve, so they are preferred to those that may be dead; a timed-out instance is tried only
    /// when nothing better is left, because the registry may be the one that lost touch.</remarks>
    public static int? Tier(this InstanceStatus status) => status switch
    {
        InstanceStatus.Healthy or InstanceStatus.Unknown => 0,
        InstanceStatus.Degraded => 1,
        InstanceStatus.Timeout => 2,
        _ => null,
    };
}
