using System.Collections.Immutable;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Simulation;

/// <summary>What outlives the registry's process: the product's own record tables, with the tombstones.</summary>
internal sealed class SimDisk(World world, string storeId, Fault fault)
{
    private readonly List<RecordChange.InstancePut> _removed = [];
    private CatalogSnapshot? _beforeLast;

    public string StoreId => storeId;

    public RecordTables Records { get; private set; } = new(storeId);

    public RemovalHistory Removals { get; } = new();

    /// <summary>Commits are refused.</summary>
    public bool IsDown { get; set; }

    /// <summary>What is to be written before takes until then; null if it does not hang.</summary>
    public TimeSpan? HangsUntil { get; set; }

    /// <summary>Makes changes durable that the tables have made.</summary>
    public StoreCommit Keep(ImmutableArray<RecordChange> changes)
    {
        Records.Keep();
        foreach (var removed in changes.OfType<RecordChange.InstanceRemoved>())
        {
            Removals.Add(removed.ToRecord(Records.Revision));
        }

        return new StoreCommit(Records.Revision, Broken(changes));
    }

    /// <summary>Notes what a fault may bring back; nothing without one.</summary>
    public void BeforeCommit()
    {
        if (fault == Fault.LostWrite)
        {
            _beforeLast = Records.Snapshot();
        }
    }

    /// <summary>The process that wrote is dead.</summary>
    public void OnCrash()
    {
        if (_beforeLast is not { } before)
        {
            return;
        }

        Records = new RecordTables(storeId, before.Revision);
        var row = 0L;
        foreach (var lease in before.Leases.Values)
        {
            Records.Load(lease.Lease, ++row);
        }

        foreach (var service in before.Services.Values)
        {
            Records.Load(service.Key);
            foreach (var instance in service.Instances.Values)
            {
                Records.Load(instance, ++row);
            }
        }
    }

    private ImmutableArray<RecordChange> Broken(ImmutableArray<RecordChange> changes)
    {
        switch (fault)
        {
            case Fault.DuplicateAddress:
                return [.. changes.Where(c => c is not RecordChange.InstanceRemoved { Removal.Reason: RemovalReason.Superseded })];
            case Fault.ResurrectedInstance:
                _removed.AddRange(changes.OfType<RecordChange.InstancePut>());
                var gone = _removed.Find(p => Records.Snapshot().Find(p.Instance.Key) is null);
                if (gone is null || !world.Chance(0.02))
                {
                    return changes;
                }

                _removed.Remove(gone);
                return changes.Add(gone);
            default:
                return changes;
        }
    }
}
