using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>One commit on its way through the catalog: changes in, the next snapshot and the events out.</summary>
internal sealed class CatalogStep(CatalogSnapshot before, Revision revision)
{
    private readonly ImmutableDictionary<ServiceKey, ServiceSnapshot>.Builder _services = before.Services.ToBuilder();
    private readonly ImmutableDictionary<AddressKey, InstanceKey>.Builder _addresses = before.Addresses.ToBuilder();
    private readonly ImmutableDictionary<LeaseId, LeaseHolding>.Builder _leases = before.Leases.ToBuilder();
    private readonly ImmutableDictionary<InstanceKey, Hold>.Builder _holds = before.Holds.ToBuilder();
    private readonly List<CatalogEvent> _events = [];

    public IReadOnlyList<CatalogEvent> Events => _events;

    public CatalogSnapshot Result() => before with
    {
        Revision = revision,
        Services = _services.ToImmutable(),
        Addresses = _addresses.ToImmutable(),
        Leases = _leases.ToImmutable(),
        Holds = _holds.ToImmutable(),
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
                var held = _leases.TryGetValue(put.Lease.Id, out var holding) ? holding.Instances : [];
                _leases[put.Lease.Id] = new LeaseHolding(put.Lease with { Revision = revision }, held);
                break;
            case RecordChange.LeaseRemoved removed:
                _leases.Remove(removed.Lease);
                break;
            case RecordChange.ServiceForgotten forgotten:
                Forget(forgotten.Service);
                break;
            case RecordChange.HoldPut put:
                _holds[put.Hold.Instance] = put.Hold;
                break;
            case RecordChange.HoldReleased released:
                _holds.Remove(released.Instance);
                break;
        }
    }

    /// <summary>Puts a record with the revision that the store has for it.</summary>
    public void Load(InstanceRecord instance) => Put(instance, new RecordChange.InstancePut(instance));

    private void Put(InstanceRecord instance, RecordChange.InstancePut put)
    {
        if (_addresses.TryGetValue(instance.AddressKey, out var holder) && holder != instance.Key)
        {
            // Same address, other id: a new incarnation. Watchers see the old one leave in the same batch, so nobody ever
            // lists the address twice.
            Remove(holder, put.SupersedingRemoval);
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
                _services[instance.Key.Service] = service.After(new CatalogEvent.Upserted(instance))!;
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
        _services[service.Key] = service.After(change)!;
        _events.Add(change);
    }

    private void Link(InstanceRecord instance)
    {
        _addresses[instance.AddressKey] = instance.Key;
        if (_leases.TryGetValue(instance.Lease, out var holding))
        {
            _leases[instance.Lease] = holding with { Instances = holding.Instances.Add(instance.Key) };
        }
    }

    private void Unlink(InstanceRecord instance)
    {
        _addresses.Remove(instance.AddressKey);
        if (_leases.TryGetValue(instance.Lease, out var holding))
        {
            _leases[instance.Lease] = holding with { Instances = holding.Instances.Remove(instance.Key) };
        }
    }
}
