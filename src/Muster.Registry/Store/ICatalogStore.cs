using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Orders commits and makes them durable. It alone feeds the catalog.</summary>
/// <remarks>Thread-safe. Records live under these keys: one per (namespace, service, address), with the id unique within the
/// service; one per lease; one per operator's hold; one per removal, which also keeps the service known.</remarks>
public interface ICatalogStore : IAsyncDisposable
{
    /// <summary>Reads everything.</summary>
    Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Reads the removals, oldest first: the newest <see cref="Core.Limits.RemovalsPerServiceMax"/> of each service, and
    /// <see cref="Core.Limits.RemovalsMax"/> in all.</summary>
    /// <param name="upTo">The revision of the snapshot that they belong to; later ones come with <see cref="ChangesAsync"/>.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync(Revision upTo, CancellationToken cancellationToken);

    /// <summary>Commits what can be committed of a batch, at one revision, and makes it durable before it returns.</summary>
    /// <param name="batch">1 to <see cref="Core.Limits.CommitChangesMax"/> changes. Each names the revision it expects of its
    /// record; conflicts are decided one by one and in order, within the batch too, and one conflict spares the others.</param>
    /// <param name="cancellationToken">Observed before the commit starts: one that has started is carried through.</param>
    /// <exception cref="StoreUnavailableException">Nothing is known to be committed; the caller may retry.</exception>
    Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken);

    /// <summary>Every commit after a revision, in revision order, this node's and others'. Ends with the token.</summary>
    IAsyncEnumerable<StoreCommit> ChangesAsync(Revision after, CancellationToken cancellationToken);
}
