using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <summary>An instance is gone for good as far as its owner is concerned: superseded, or removed by an operator.</summary>
/// <param name="Instance">Which.</param>
/// <param name="Removal">Why.</param>
/// <param name="ByInstanceId">The instance that took its place; empty if none did.</param>
internal sealed record FinalAnswer(InstanceKey Instance, Removal Removal, string ByInstanceId)
{
    /// <summary>What a removal means for the lease that held the instance, also one of an earlier run of the registry; null if nothing is final
    /// for it.</summary>
    /// <param name="removal">The tombstone.</param>
    /// <param name="now">The records.</param>
    public static (LeaseId Owner, FinalAnswer Answer)? Of(RemovalRecord removal, CatalogSnapshot now)
    {
        if (removal.Removal.Reason is not (RemovalReason.Superseded or RemovalReason.Operator) || removal.Lease == LeaseId.None)
        {
            return null;
        }

        // An owner that registered it at another address itself still has it.
        var heir = HolderOf(removal, now) ?? now.Find(removal.Instance);
        return heir?.Lease == removal.Lease && heir.Key == removal.Instance
            ? null
            : (removal.Lease, new FinalAnswer(removal.Instance, removal.Removal, heir?.Key.Id ?? ""));
    }

    /// <summary>What a change means for the lease that held its instance until then; null if nothing is final for it.</summary>
    /// <param name="change">The change.</param>
    /// <param name="before">The records before its commit.</param>
    /// <param name="after">The records after it.</param>
    public static (LeaseId Owner, FinalAnswer Answer)? Of(CatalogEvent change, CatalogSnapshot before, CatalogSnapshot after)
    {
        switch (change)
        {
            case CatalogEvent.Removed removed:
                return Of(removed.ToRecord(), after);

            // Same id, same address, another process: nothing left the list, but its former owner has lost it all the same.
            case CatalogEvent.Upserted { Instance: var put }
                when before.Find(put.Key) is { } former && former.Lease != put.Lease && after.Find(put.Key)?.Lease == put.Lease:
                var removal = new Removal(RemovalReason.Superseded, $"'{put.Key.Id}' was registered anew at {put.Address}", put.RegisteredAt);
                return (former.Lease, new FinalAnswer(put.Key, removal, put.Key.Id));

            default:
                return null;
        }
    }

    private static InstanceRecord? HolderOf(RemovalRecord removal, CatalogSnapshot now) =>
        HostPort.TryParse(removal.Address, out var address, out _) && address.Port is { } port
            ? now.FindHolder(new AddressKey(removal.Instance.Service, address.Host, port))
            : null;

    public override string ToString() => Removal.Reason == RemovalReason.Superseded
        ? $"instance '{Instance.Id}' of service '{Instance.Service}' was superseded by '{ByInstanceId}'"
        : $"an operator removed instance '{Instance.Id}' of service '{Instance.Service}' ({Removal.Evidence})";
}
