using Muster.Core.Model;

namespace Muster.Core.Checks;

/// <summary>What is probed: the parts of an instance that a probe depends on.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Host">Its host.</param>
/// <param name="Endpoint">The endpoint that is looked at.</param>
/// <param name="Check">How.</param>
public sealed record CheckTarget(InstanceKey Instance, string Host, Endpoint Endpoint, ActiveCheck Check)
{
    /// <summary>The target of an instance; null if it has no check.</summary>
    public static CheckTarget? Of(InstanceRecord instance) => instance.Check is { } check && check.EndpointOf(instance) is { } endpoint
        ? new CheckTarget(instance.Key, instance.Host, endpoint, check)
        : null;
}
