using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>What the store made durable at one revision. Delivered whole.</summary>
/// <param name="Revision">The store's number after it.</param>
/// <param name="Changes">The changes, in their order.</param>
public sealed record StoreCommit(Revision Revision, ImmutableArray<RecordChange> Changes)
{
    /// <summary>What takes the place of all records: a backup was restored.</summary>
    /// <value>Default null: the commit is its changes. Otherwise it has none, and the snapshot is of the commit's revision, and of
    /// a new store id.</value>
    public CatalogSnapshot? Replacement { get; init; }
}
