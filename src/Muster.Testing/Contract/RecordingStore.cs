using System.Runtime.CompilerServices;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Testing.Contract;

/// <summary>Hands everything on to a store, and records what is committed before anybody can hear of it.</summary>
/// <remarks>For one registry on it. Dispose disposes the store.</remarks>
/// <param name="store">The store.</param>
/// <param name="history">Takes the commits.</param>
/// <param name="now">The history's clock.</param>
public sealed class RecordingStore(ICatalogStore store, History history, Func<TimeSpan> now) : ICatalogStore
{
    private string _storeId = "";

    /// <inheritdoc />
    public async Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken)
    {
        var loaded = await store.LoadAsync(cancellationToken);
        _storeId = loaded.StoreId;
        history.Add(() => new HistoryEvent.RegistryStarted(now(), loaded));
        return loaded;
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync(Revision upTo, CancellationToken cancellationToken) =>
        store.LoadRemovalsAsync(upTo, cancellationToken);

    /// <inheritdoc />
    public Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken) =>
        store.CommitAsync(batch, cancellationToken);

    /// <inheritdoc />
    public async IAsyncEnumerable<StoreCommit> ChangesAsync(
        Revision after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var commit in store.ChangesAsync(after, cancellationToken))
        {
            // Before the catalog takes it: no watcher can see it, and no caller is answered, any earlier.
            history.Add(() => new HistoryEvent.Committed(now(), _storeId, commit));
            yield return commit;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => store.DisposeAsync();
}
