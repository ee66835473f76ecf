using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>An instance is gone for good: superseded, or removed by an operator.</summary>
/// <param name="Instance">Which.</param>
/// <param name="Removal">Why.</param>
/// <param name="ByInstanceId">The instance that took its place; empty if none did.</param>
internal sealed record FinalAnswer(InstanceKey Instance, Removal Removal, string ByInstanceId)
{
    public override string ToString() => Removal.Reason == RemovalReason.Superseded
        ? $"instance '{Instance.Id}' of service '{Instance.Service}' was superseded by '{ByInstanceId}'"
        : $"an operator removed instance '{Instance.Id}' of service '{Instance.Service}' ({Removal.Evidence})";
}
