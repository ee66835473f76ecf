using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>One change that a commit makes to the records. A closed set: the nested types are all there are.</summary>
public abstract record RecordChange
{
    private RecordChange()
    {
    }

    /// <summary>Writes an instance under its address.</summary>
    /// <param name="Instance">The record; its revision and its operator's intent are set by the commit.</param>
    /// <param name="Supersedes">Why an instance of another id that held the address until now leaves with this commit; null
    /// leaves the sentence to the commit.</param>
    public sealed record InstancePut(InstanceRecord Instance, Removal? Supersedes = null) : RecordChange
    {
        /// <summary>The removal of a holder with another id.</summary>
        public Removal SupersedingRemoval => Supersedes ?? new Removal(
            RemovalReason.Superseded, $"'{Instance.Key.Id}' registered {Instance.Address}", Instance.RegisteredAt);
    }

    /// <summary>Removes the instance at an address, and leaves a tombstone.</summary>
    /// <param name="Address">Where it is stored.</param>
    /// <param name="Id">Its id, for those who watch.</param>
    /// <param name="Removal">Why.</param>
    /// <param name="Lease">The lease that held it, for what its owner must hear when it comes back; none if it is not known.</param>
    public sealed record InstanceRemoved(AddressKey Address, string Id, Removal Removal, LeaseId Lease = default) : RecordChange
    {
        /// <summary>Removes an instance.</summary>
        public static InstanceRemoved Of(InstanceRecord instance, Removal removal) =>
            new(instance.AddressKey, instance.Key.Id, removal, instance.Lease);

        /// <summary>The tombstone.</summary>
        /// <param name="revision">The commit's revision.</param>
        public RemovalRecord ToRecord(Revision revision) =>
            new(new InstanceKey(Address.Service, Id), Address.Address, Removal, revision, Lease);
    }

    /// <summary>Writes a lease.</summary>
    public sealed record LeasePut(LeaseRecord Lease) : RecordChange;

    /// <summary>Removes a lease. Its instances are removed by changes of their own.</summary>
    public sealed record LeaseRemoved(LeaseId Lease) : RecordChange;

    /// <summary>Forgets a service that has had no instance for <see cref="Limits.KnownServiceRetention"/>; without effect if it
    /// has one again.</summary>
    public sealed record ServiceForgotten(ServiceKey Service) : RecordChange;

    /// <summary>Writes an operator's wish, over an earlier one for the same instance.</summary>
    public sealed record HoldPut(Hold Hold) : RecordChange;

    /// <summary>Takes an operator's wish back.</summary>
    public sealed record HoldReleased(InstanceKey Instance) : RecordChange;
}
