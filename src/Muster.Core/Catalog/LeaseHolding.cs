using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>A lease with what it holds.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Instances">The instances that end with it.</param>
public sealed record LeaseHolding(LeaseRecord Lease, PersistentMap<InstanceKey, InstanceRecord> Instances)
{
    private static readonly PersistentMap<InstanceKey, InstanceRecord> s_nothing = new(i => i.Key);

    /// <summary>A lease that holds nothing yet.</summary>
    public static LeaseHolding Of(LeaseRecord lease) => new(lease, s_nothing);

    /// <summary>With an instance, in place of one of the same id.</summary>
    public LeaseHolding With(InstanceRecord instance) => this with { Instances = Instances.With(instance) };

    /// <summary>Without an instance.</summary>
    public LeaseHolding Without(InstanceKey instance) => this with { Instances = Instances.Without(instance) };
}
