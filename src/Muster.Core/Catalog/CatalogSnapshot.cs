using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>All records at one revision.</summary>
/// <remarks>Immutable: readers take it by one volatile read and never lock.</remarks>
public sealed record CatalogSnapshot
{
    /// <summary>The store that the records come from.</summary>
    public required string StoreId { get; init; }

    /// <summary>The last commit that is in here.</summary>
    public Revision Revision { get; init; }

    /// <summary>The known services. A service that is not in here is unknown.</summary>
    public ImmutableDictionary<ServiceKey, ServiceSnapshot> Services { get; init; } =
        ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;

    /// <summary>Who holds which address.</summary>
    public ImmutableDictionary<AddressKey, InstanceKey> Addresses { get; init; } =
        ImmutableDictionary<AddressKey, InstanceKey>.Empty;

    /// <summary>The leases and what they hold.</summary>
    public ImmutableDictionary<LeaseId, LeaseHolding> Leases { get; init; } =
        ImmutableDictionary<LeaseId, LeaseHolding>.Empty;

    /// <summary>What operators want of instances, listed or not.</summary>
    public ImmutableDictionary<InstanceKey, Hold> Holds { get; init; } = ImmutableDictionary<InstanceKey, Hold>.Empty;

    /// <summary>Where a watch that has seen all of this can go on.</summary>
    public ResumeToken Token => new(StoreId, Revision);

    /// <summary>An instance, or null.</summary>
    public InstanceRecord? Find(InstanceKey key) =>
        Services.TryGetValue(key.Service, out var service) ? service.Instances.GetValueOrDefault(key.Id) : null;

    /// <summary>The holder of an address, or null.</summary>
    public InstanceRecord? FindHolder(AddressKey address) =>
        Addresses.TryGetValue(address, out var holder) ? Find(holder) : null;
}
