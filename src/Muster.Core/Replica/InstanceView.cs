using Muster.Core.Model;

namespace Muster.Core.Replica;

/// <summary>One instance as a consumer sees it: the record with the soft state beside it.</summary>
/// <param name="Record">The durable part.</param>
/// <param name="Soft">Liveness, health, load.</param>
public sealed record InstanceView(InstanceRecord Record, SoftState Soft)
{
    /// <summary>Its id.</summary>
    public string Id => Record.Key.Id;

    /// <summary>How it stands.</summary>
    public InstanceStatus Status => InstanceStatuses.Derive(Record.Intent, Soft.Liveness, Soft.ShownHealth);
}
