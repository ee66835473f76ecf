namespace Muster.Core.Model;

/// <summary>The durable part of a lease: the promise that its instances live.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Ttl">How long its instances stay listed after the last renewal.</param>
/// <param name="OwnerNode">The registry node that watches over it.</param>
/// <param name="Revision">The revision of its last change.</param>
public sealed record LeaseRecord(LeaseId Id, TimeSpan Ttl, string OwnerNode, Revision Revision = default)
{
    /// <summary>Grows when another node adopts the lease, since that is a change of this record; and it is higher for a lease
    /// that began later. Stamps of soft state go by it.</summary>
    public ulong Epoch => Revision.Value;
}
