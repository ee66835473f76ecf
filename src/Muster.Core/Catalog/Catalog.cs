using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>The pure state machine of the registry: committed records in, events out, revision by revision.</summary>
/// <remarks>One writer calls <see cref="Apply"/>; any thread may read <see cref="Current"/>.</remarks>
public sealed class Catalog
{
    // Written by the one caller of Apply, read by everyone: volatile, so that a reader that was told of a revision sees
    // the snapshot which was published before it was told.
    private volatile CatalogSnapshot _current;

    /// <summary>Starts from what the store holds.</summary>
    /// <param name="contents">The store's records; their revisions are set.</param>
    public Catalog(CatalogSnapshot contents) => _current = contents;

    /// <summary>The newest snapshot.</summary>
    public CatalogSnapshot Current => _current;

    /// <summary>Applies a commit.</summary>
    /// <param name="commit">The next one in revision order.</param>
    /// <returns>What watchers can see of it, in order; empty if it changed nothing for them, or if it replaced everything.</returns>
    /// <exception cref="InvalidOperationException">The commit is not newer than the catalog: the store broke its promise.</exception>
    public IReadOnlyList<CatalogEvent> Apply(StoreCommit commit)
    {
        if (commit.Revision <= _current.Revision)
        {
            throw new InvalidOperationException(
                $"The store delivered revision {commit.Revision} after {_current.Revision}; commits come in order, once.");
        }

        if (commit.Replacement is { } replacement)
        {
            _current = replacement;
            return [];
        }

        var step = new CatalogStep(_current, commit.Revision);
        foreach (var change in commit.Changes)
        {
            step.Apply(change);
        }

        _current = step.Result();
        return step.Events;
    }

    /// <summary>Builds the starting snapshot from a store's records.</summary>
    /// <param name="storeId">The store.</param>
    /// <param name="revision">Its last commit.</param>
    /// <param name="leases">The leases. They begin anew, so they get the revision of the store.</param>
    /// <param name="instances">The instances, with their revisions; of one address and one id each.</param>
    /// <param name="services">The known services; those of instances may be among them or not.</param>
    /// <param name="holds">What operators want.</param>
    /// <exception cref="ArgumentException">An address or an id is there twice.</exception>
    public static CatalogSnapshot Load(
        string storeId, Revision revision, IEnumerable<LeaseRecord> leases, IEnumerable<InstanceRecord> instances,
        IEnumerable<ServiceKey> services, IEnumerable<Hold> holds)
    {
        // Not commit by commit: a service of a hundred instances would be built a hundred times.
        var empty = new CatalogSnapshot { StoreId = storeId, Revision = revision };
        var addresses = empty.Addresses.ToBuilder();
        var holdings = empty.Leases.WithAll(leases.Select(l => LeaseHolding.Of(l.Revision == revision ? l : l with { Revision = revision }))).ToBuilder();
        var byService = services.ToDictionary(s => s, _ => new List<InstanceRecord>());
        var count = 0;
        foreach (var instance in instances)
        {
            count++;
            addresses.Set(instance);
            if (holdings.TryGetValue(instance.Lease, out var holding))
            {
                holdings.Set(holding.With(instance));
            }

            if (!byService.TryGetValue(instance.Key.Service, out var ofService))
            {
                byService.Add(instance.Key.Service, ofService = []);
            }

            ofService.Add(instance);
        }

        var loaded = empty with
        {
            Services = empty.Services.WithAll(byService.Select(s => ServiceSnapshot.Loaded(s.Key, revision, s.Value))),
            Addresses = addresses.ToMap(),
            Leases = holdings.ToMap(),
            Holds = empty.Holds.WithAll(holds),
        };
        return loaded.Addresses.Count == count && loaded.Services.Values.Sum(s => s.Instances.Count) == count
            ? loaded
            : throw new ArgumentException("An address or an id is there twice.", nameof(instances));
    }
}
