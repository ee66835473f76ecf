using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>All records at one revision.</summary>
/// <remarks>Immutable: readers take it by one volatile read and never lock.</remarks>
public sealed record CatalogSnapshot
{
    private static readonly PersistentMap<ServiceKey, ServiceSnapshot> s_services = new(s => s.Key);
    private static readonly PersistentMap<AddressKey, InstanceRecord> s_addresses = new(i => i.AddressKey);
    private static readonly PersistentMap<LeaseId, LeaseHolding> s_leases = new(h => h.Lease.Id);
    private static readonly PersistentMap<InstanceKey, Hold> s_holds = new(h => h.Instance);

    /// <summary>The store that the records come from.</summary>
    public required string StoreId { get; init; }

    /// <summary>The last commit that is in here.</summary>
    public Revision Revision { get; init; }

    /// <summary>The known services. A service that is not in here is unknown.</summary>
    public PersistentMap<ServiceKey, ServiceSnapshot> Services { get; init; } = s_services;

    /// <summary>Who holds which address.</summary>
    public PersistentMap<AddressKey, InstanceRecord> Addresses { get; init; } = s_addresses;

    /// <summary>The leases and what they hold.</summary>
    public PersistentMap<LeaseId, LeaseHolding> Leases { get; init; } = s_leases;

    /// <summary>What operators want of instances, listed or not.</summary>
    public PersistentMap<InstanceKey, Hold> Holds { get; init; } = s_holds;

    /// <summary>Where a watch that has seen all of this can go on.</summary>
    public ResumeToken Token => new(StoreId, Revision);

    /// <summary>An instance, or null.</summary>
    public InstanceRecord? Find(InstanceKey key) =>
        Services.TryGetValue(key.Service, out var service) ? service.Instances.GetValueOrDefault(key.Id) : null;

    /// <summary>The holder of an address, or null.</summary>
    public InstanceRecord? FindHolder(AddressKey address) => Addresses.GetValueOrDefault(address);
}
