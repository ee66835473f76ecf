using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>One commit on its way through the catalog: changes in, the next snapshot and the events out.</summary>
internal sealed class CatalogStep(CatalogSnapshot before, Revision revision)
{
    private readonly PersistentMap<ServiceKey, ServiceSnapshot>.Builder _services = before.Services.ToBuilder();
    private readonly PersistentMap<AddressKey, InstanceRecord>.Builder _addresses = before.Addresses.ToBuilder();
    private readonly PersistentMap<LeaseId, LeaseHolding>.Builder _leases = before.Leases.ToBuilder();
    private readonly PersistentMap<InstanceKey, Hold>.Builder _holds = before.Holds.ToBuilder();
    private readonly List<CatalogEvent> _events = [];

    public IReadOnlyList<CatalogEvent> Events => _events;

    public CatalogSnapshot Result() => before with
    {
        Revision = revision,
        Services = _services.ToMap(),
        Addresses = _addresses.ToMap(),
        Leases = _leases.ToMap(),
        Holds = _holds.ToMap(),
    };

    public void Apply(RecordChange change)
    {
        switch (change)
        {
            case RecordChange.InstancePut put:
                Put(put.Instance.Revision == revision ? put.Instance : put.Instance with { Revision = revision }, put);
                break;
            case RecordChange.InstanceRemoved removed:
                Remove(new InstanceKey(removed.Address.Service, removed.Id), removed.Removal);
                break;
            case RecordChange.LeasePut put:
                var lease = put.Lease.Revision == revision ? put.Lease : put.Lease with { Revision = revision };
                _leases.Set(_leases.TryGetValue(lease.Id, out var holding) ? holding with { Lease = lease } : LeaseHolding.Of(lease));
                break;
            case RecordChange.LeaseRemoved removed:
                _leases.Remove(removed.Lease);
                break;
            case RecordChange.ServiceForgotten forgotten:
                Forget(forgotten.Service);
                break;
            case RecordChange.HoldPut put:
                _holds.Set(put.Hold);
                break;
            case RecordChange.HoldReleased released:
                _holds.Remove(released.Instance);
                break;
        }
    }

    private void Put(InstanceRecord instance, RecordChange.InstancePut put)
    {
        if (_addresses.TryGetValue(instance.AddressKey, out var holder) && holder.Key != instance.Key)
        {
            // Same address, other id: a new incarnation. Watchers see the old one leave in the same batch, so nobody ever
            // lists the address twice.
            Remove(holder.Key, put.SupersedingRemoval);
        }

        var service = _services.GetValueOrDefault(instance.Key.Service)
            ?? ServiceSnapshot.Empty(instance.Key.Service, revision);
        if (service.Instances.TryGetValue(instance.Key.Id, out var former))
        {
            Unlink(former);
            if (former.SameContentAs(instance))
            {
                // The record's revision moves, which conditional writes go by; watchers would see no difference.
                Link(instance);
                _services.Set(service.After(new CatalogEvent.Upserted(instance))!);
                return;
            }
        }

        Link(instance);
        Emit(service, new CatalogEvent.Upserted(instance));
    }

    private void Remove(InstanceKey key, Removal removal)
    {
        if (!_services.TryGetValue(key.Service, out var service) || !service.Instances.TryGetValue(key.Id, out var instance))
        {
            return;
        }

        Unlink(instance);
        Emit(service, new CatalogEvent.Removed(key, removal, revision, instance.Address, instance.Lease));
    }

    private void Forget(ServiceKey key)
    {
        if (_services.TryGetValue(key, out var service) && service.Instances.IsEmpty)
        {
            _services.Remove(key);
            _events.Add(new CatalogEvent.ServiceUnknown(key, revision));
        }
    }

    private void Emit(ServiceSnapshot service, CatalogEvent change)
    {
        _services.Set(service.After(change)!);
        _events.Add(change);
    }

    private void Link(InstanceRecord instance)
    {
        _addresses.Set(instance);
        if (_leases.TryGetValue(instance.Lease, out var holding))
        {
            _leases.Set(holding.With(instance));
        }
    }

    private void Unlink(InstanceRecord instance)
    {
        _addresses.Remove(instance.AddressKey);
        if (_leases.TryGetValue(instance.Lease, out var holding))
        {
            _leases.Set(holding.Without(instance.Key));
        }
    }
}
