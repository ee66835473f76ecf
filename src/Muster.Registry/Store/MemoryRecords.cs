using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Records by key, with conditional commits. Not thread-safe.</summary>
internal sealed class MemoryRecords(string storeId)
{
    private readonly Dictionary<AddressKey, InstanceRecord> _instances = [];
    private readonly Dictionary<InstanceKey, AddressKey> _ids = [];
    private readonly Dictionary<LeaseId, LeaseRecord> _leases = [];
    
    // Instances per known service: zero keeps it known.
    private readonly Dictionary<ServiceKey, int> _services = [];

    public Revision Revision { get; private set; }

    public CatalogSnapshot Snapshot() =>
        Catalog.Load(storeId, Revision, _leases.Values, _instances.Values, _services.Keys);

    public (StoreCommit? Commit, IReadOnlyList<bool> Committed) Commit(IReadOnlyList<ConditionalChange> batch)
    {
        var revision = Revision.Next;
        var committed = new bool[batch.Count];
        var changes = System.Collections.Immutable.ImmutableArray.CreateBuilder<RecordChange>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            committed[i] = TryApply(batch[i], revision);
            if (committed[i])
            {
                changes.Add(batch[i].Change);
            }
        }

        if (changes.Count == 0)
        {
            return (null, committed);
        }

        Revision = revision;
        return (new StoreCommit(revision, changes.ToImmutable()), committed);
    }

    private bool TryApply(ConditionalChange conditional, Revision revision) => conditional.Change switch
    {
        RecordChange.InstancePut put => TryPut(put.Instance with { Revision = revision }, conditional.Expected),
        RecordChange.InstanceRemoved removed => TryRemove(removed, conditional.Expected),
        RecordChange.LeasePut put => TryPut(put.Lease with { Revision = revision }, conditional.Expected),
        RecordChange.LeaseRemoved removed =>
            Meets(_leases.GetValueOrDefault(removed.Lease)?.Revision, conditional.Expected) && _leases.Remove(removed.Lease),
        RecordChange.ServiceForgotten forgotten => TryForget(forgotten.Service),
        _ => false,
    };

    private bool TryPut(InstanceRecord instance, Revision? expected)
    {
        var holder = _instances.GetValueOrDefault(instance.AddressKey);
        var idIsElsewhere = _ids.TryGetValue(instance.Key, out var address) && address != instance.AddressKey;
        if (idIsElsewhere || !Meets(holder?.Revision, expected))
        {
            return false;
        }

        if (holder is not null)
        {
            _ids.Remove(holder.Key);
        }
        else
        {
            _services[instance.Key.Service] = _services.GetValueOrDefault(instance.Key.Service) + 1;
        }

        _instances[instance.AddressKey] = instance;
        _ids[instance.Key] = instance.AddressKey;
        return true;
    }

    private bool TryRemove(RecordChange.InstanceRemoved removed, Revision? expected)
    {
        if (!_instances.TryGetValue(removed.Address, out var instance)
            || instance.Key.Id != removed.Id || !Meets(instance.Revision, expected))
        {
            return false;
        }

        _instances.Remove(removed.Address);
        _ids.Remove(instance.Key);
        _services[removed.Address.Service]--;
        return true;
    }

    private bool TryPut(LeaseRecord lease, Revision? expected)
    {
        if (!Meets(_leases.GetValueOrDefault(lease.Id)?.Revision, expected))
        {
            return false;
        }

        _leases[lease.Id] = lease;
        return true;
    }

    private bool TryForget(ServiceKey service) =>
        _services.TryGetValue(service, out var instances) && instances == 0 && _services.Remove(service);

    private static bool Meets(Revision? actual, Revision? expected) =>
        expected is null || (actual ?? Revision.None) == expected;
}
