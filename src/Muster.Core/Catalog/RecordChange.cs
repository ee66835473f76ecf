using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>One change that a commit makes to the records. A closed set: the nested types are all there are.</summary>
public abstract record RecordChange
{
    private RecordChange()
    {
    }

    /// <summary>Writes an instance under its address.</summary>
    /// <param name="Instance">The record; its revision is set by the commit.</param>
    public sealed record InstancePut(InstanceRecord Instance) : RecordChange;

    /// <summary>Removes the instance at an address, and leaves a tombstone.</summary>
    /// <param name="Address">Where it is stored.</param>
    /// <param name="Id">Its id, for those who watch.</param>
    /// <param name="Removal">Why.</param>
    public sealed record InstanceRemoved(AddressKey Address, string Id, Removal Removal) : RecordChange;

    /// <summary>Writes a lease.</summary>
    public sealed record LeasePut(LeaseRecord Lease) : RecordChange;

    /// <summary>Removes a lease. Its instances are removed by changes of their own.</summary>
    public sealed record LeaseRemoved(LeaseId Lease) : RecordChange;

    /// <summary>Forgets a service that has had no instance for <see cref="Limits.KnownServiceRetention"/>; without effect if it
    /// has one again.</summary>
    public sealed record ServiceForgotten(ServiceKey Service) : RecordChange;
}
