using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Sessions;
using Muster.Registry.Sessions;
using Muster.Registry.Store;

namespace Muster.Registry;

/// <summary>Decides what a registration has to change, given who holds the id and the address now. Pure.</summary>
internal static class RegistrationPlan
{
    /// <summary>The changes, the instance's own last; or why it may not register.</summary>
    /// <param name="catalog">The records as they are.</param>
    /// <param name="instance">The valid record, with its lease.</param>
    /// <param name="isAlive">Whether an instance shows signs of life.</param>
    /// <param name="deaf">Leases whose provider has a stream, and did not answer a ping.</param>
    /// <param name="signsOf">What was seen of a lease, for the evidence of a removal.</param>
    /// <param name="wall">The wall clock, for the removal's time.</param>
    /// <param name="limits">How much there may be.</param>
    public static Answer<IReadOnlyList<ConditionalChange>> Make(
        CatalogSnapshot catalog, InstanceRecord instance, Func<InstanceRecord, bool> isAlive, IReadOnlySet<LeaseId> deaf,
        Func<LeaseId, LeaseSigns?> signsOf, DateTimeOffset wall, NodeLimits limits)
    {
        var sameId = catalog.Find(instance.Key);
        var sameAddress = catalog.FindHolder(instance.AddressKey);
        if (Refuse(sameId, instance, IsAlive) is { } idTaken)
        {
            return idTaken;
        }

        if (Refuse(sameAddress, instance, IsAlive) is { } addressTaken)
        {
            return addressTaken;
        }

        if (RefuseLease(catalog, instance) is { } wrongLease)
        {
            return wrongLease;
        }

        if (instance.Check is not null && sameId?.Check is null && sameAddress?.Check is null
            && OverLimitOfChecks(catalog, limits) is { } tooMany)
        {
            return tooMany;
        }

        var isMore = sameId is null && sameAddress is null;
        if ((isMore ? OverLimit(catalog, instance.Key.Service, limits) : null) is { } exhausted)
        {
            return exhausted;
        }

        // One that the lease holds already may move, or take another id.
        if (sameId?.Lease != instance.Lease && sameAddress?.Lease != instance.Lease
            && OverLimit(catalog, instance.Lease, limits) is { } full)
        {
            return full;
        }

        var changes = new List<ConditionalChange>();
        if (sameId is not null && sameId.AddressKey != instance.AddressKey)
        {
            // The id moves to another address: its old record goes in the same commit.
            changes.Add(new(RecordChange.InstanceRemoved.Of(sameId, SupersessionOf(sameId)), sameId.Revision));
        }

        var superseded = sameAddress is not null && sameAddress.Key != instance.Key ? SupersessionOf(sameAddress) : null;
        changes.Add(new(new RecordChange.InstancePut(instance, superseded), sameAddress?.Revision ?? Revision.None));
        return changes;

        bool IsAlive(InstanceRecord holder) => !deaf.Contains(holder.Lease) && isAlive(holder);

        Removal SupersessionOf(InstanceRecord holder) => new(
            RemovalReason.Superseded, Evidence.OfSupersession(holder, instance, deaf.Contains(holder.Lease), signsOf(holder.Lease)), wall);
    }

    /// <summary>The leases that stand in the way, if they live: those of other processes that hold the id or the address.</summary>
    public static IEnumerable<LeaseId> HoldersOf(CatalogSnapshot catalog, InstanceRecord instance) =>
        new[] { catalog.Find(instance.Key), catalog.FindHolder(instance.AddressKey) }
            .OfType<InstanceRecord>()
            .Where(h => h.Check is null && h.Lease != instance.Lease)
            .Select(h => h.Lease)
            .Distinct();

    private static Refusal? Refuse(InstanceRecord? holder, InstanceRecord instance, Func<InstanceRecord, bool> isAlive)
    {
        // Who registers something that cannot speak for itself, may register it again: it has no process that could be robbed of it.
        var isReplaced = holder is { Check: not null } && instance.Check is not null && holder.Key == instance.Key;
        if (holder is null || holder.Lease == instance.Lease || isReplaced || !isAlive(holder))
        {
            return null;
        }

        if (holder.Check is not null)
        {
            return new Refusal(RefusalReason.AlreadyExists,
                $"{(holder.Key == instance.Key ? $"id is {Violation.Quote(instance.Key.Id)}: the instance at {holder.Address}" : $"{instance.Address} is held by instance '{holder.Key.Id}' of service '{holder.Key.Service}',")} "
                + "which was registered with a check that does not fail; remove that first (muster remove).");
        }

        return new Refusal(RefusalReason.AlreadyExists, holder.Key == instance.Key
            ? $"id is {Violation.Quote(instance.Key.Id)}: a living instance at {holder.Address} holds it; choose another id or stop that one."
            : $"{instance.Address} is held by living instance '{holder.Key.Id}' of service '{holder.Key.Service}'; "
                + "if this process is elsewhere, set MY_ADDR to the address at which callers reach it.");
    }

    private static Refusal? RefuseLease(CatalogSnapshot catalog, InstanceRecord instance)
    {
        if (!catalog.Leases.TryGetValue(instance.Lease, out var holding))
        {
            return null;
        }

        // Any other one says it: a lease that holds a checked instance holds nothing else.
        foreach (var other in holding.Instances.Values)
        {
            if (other.Key != instance.Key)
            {
                return instance.Check is not null || other.Check is not null
                    ? Refusal.Precondition($"lease_id is {instance.Lease.Value}: an instance with a check has a lease of its own, and this one holds '{other.Key.Id}'; leave lease_id out.")
                    : null;
            }
        }

        return null;
    }

    // Counted when it is decided: registrations that are on their way at the same moment may exceed a limit by their number.
    private static Refusal? OverLimit(CatalogSnapshot catalog, ServiceKey key, NodeLimits limits)
    {
        // Every instance has one address.
        if (catalog.Addresses.Count >= limits.InstancesMax)
        {
            return Refusal.Exhausted("instances", catalog.Addresses.Count, limits.InstancesMax);
        }

        if (!catalog.Services.TryGetValue(key, out var service))
        {
            return catalog.Services.Count >= limits.ServicesMax
                ? Refusal.Exhausted("services", catalog.Services.Count, limits.ServicesMax)
                : null;
        }

        return service.Instances.Count >= limits.InstancesPerServiceMax
            ? Refusal.Exhausted($"instances of service '{service.Key}'", service.Instances.Count, limits.InstancesPerServiceMax, "in one service")
            : null;
    }

    private static Refusal? OverLimitOfChecks(CatalogSnapshot catalog, NodeLimits limits)
    {
        var checks = catalog.Services.Values.Sum(s => s.CheckedCount);
        return checks >= limits.ChecksMax ? Refusal.Exhausted("instances with a check", checks, limits.ChecksMax) : null;
    }

    private static Refusal? OverLimit(CatalogSnapshot catalog, LeaseId lease, NodeLimits limits) =>
        !catalog.Leases.TryGetValue(lease, out var holding)
            ? OverLimitOfLeases(catalog, limits)
            : holding.Instances.Count >= limits.InstancesPerLeaseMax
                ? Refusal.Exhausted("instances of this lease", holding.Instances.Count, limits.InstancesPerLeaseMax, "under one lease")
                : null;

    /// <summary>Why no further lease may start; null if one may.</summary>
    public static Refusal? OverLimitOfLeases(CatalogSnapshot catalog, NodeLimits limits) => catalog.Leases.Count >= limits.LeasesMax
        ? Refusal.Exhausted("leases", catalog.Leases.Count, limits.LeasesMax)
        : null;
}
