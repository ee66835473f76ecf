using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Keeps records in memory: for tests, simulation, and registries whose content may end with the process.</summary>
/// <remarks>Durable means "until the process ends".</remarks>
public sealed class MemoryStore : ICatalogStore
{
    // Guards the records: a commit is decided and published in one go.
    private readonly Lock _lock = new();
    private readonly RecordTables _records;
    private readonly RemovalHistory _removals = new();
    private readonly CommitLog _followers = new();

    /// <summary>Creates an empty store.</summary>
    /// <param name="storeId">Names the store in resume tokens; a new one for each new store.</param>
    public MemoryStore(string storeId) => _records = new RecordTables(storeId);

    /// <inheritdoc />
    public Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_records.Snapshot());
        }
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync(Revision upTo, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<RemovalRecord>>([.. _removals.All.TakeWhile(r => r.Revision <= upTo)]);
        }
    }

    /// <inheritdoc />
    public Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var (committed, changes, _) = _records.ApplyAll(batch);
            if (changes.Length > 0)
            {
                _records.Keep();
                foreach (var removed in changes.OfType<RecordChange.InstanceRemoved>())
                {
                    _removals.Add(removed.ToRecord(_records.Revision));
                }

                _followers.Publish(new StoreCommit(_records.Revision, changes));
            }

            return Task.FromResult(new CommitResult(_records.Revision, committed));
        }
    }

    /// <inheritdoc />
    public IAsyncEnumerable<StoreCommit> ChangesAsync(Revision after, CancellationToken cancellationToken) =>
        _followers.FollowAsync(after, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _followers.Complete();
        return ValueTask.CompletedTask;
    }
}
