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
    public static CatalogSnapshot Load(
        string storeId, Revision revision, IEnumerable<LeaseRecord> leases, IEnumerable<InstanceRecord> instances,
        IEnumerable<ServiceKey> servicesWithoutInstances, IEnumerable<Hold> holds)
    {
        var step = new CatalogStep(new CatalogSnapshot { StoreId = storeId }, revision);
        foreach (var lease in leases)
        {
            step.Apply(new RecordChange.LeasePut(lease));
        }

        foreach (var instance in instances)
        {
            step.Load(instance);
        }

        foreach (var hold in holds)
        {
            step.Apply(new RecordChange.HoldPut(hold));
        }

        var loaded = step.Result();
        return loaded with
        {
            Services = loaded.Services.AddRange(servicesWithoutInstances
                .Where(s => !loaded.Services.ContainsKey(s))
                .Select(s => KeyValuePair.Create(s, ServiceSnapshot.Empty(s, revision)))),
        };
    }
}
