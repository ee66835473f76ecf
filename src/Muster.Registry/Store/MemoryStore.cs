using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Keeps records in memory: for tests, simulation, and registries whose content may end with the process.</summary>
/// <remarks>Durable means "until the process ends". Every follower has a queue of its own without a bound of its own: it holds
/// what the one feed of this process has not applied yet, and callers wait for that feed before they are answered.</remarks>
public sealed class MemoryStore : ICatalogStore
{
    // Guards all fields below. Commits are decided under it in one go, so a follower that starts meanwhile sees each commit
    // either in the contents it loaded or in its queue, never in neither.
    private readonly Lock _lock = new();
    private readonly MemoryRecords _records;
    private readonly List<StoreCommit> _log = [];
    private readonly List<Channel<StoreCommit>> _followers = [];

    /// <summary>Creates an empty store.</summary>
    /// <param name="storeId">Names the store in resume tokens; a new one for each new store.</param>
    public MemoryStore(string storeId) => _records = new MemoryRecords(storeId);

    /// <inheritdoc />
    public Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_records.Snapshot());
        }
    }

    /// <inheritdoc />
    public Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var (commit, committed) = _records.Commit(batch);
            if (commit is not null)
            {
                Publish(commit);
            }

            return Task.FromResult(new CommitResult(_records.Revision, committed));
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<StoreCommit> ChangesAsync(
        Revision after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var follower = Channel.CreateUnbounded<StoreCommit>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            foreach (var commit in _log.Where(c => c.Revision > after))
            {
                follower.Writer.TryWrite(commit);
            }

            _followers.Add(follower);
        }

        try
        {
            await foreach (var commit in follower.Reader.ReadAllAsync(cancellationToken))
            {
                yield return commit;
            }
        }
        finally
        {
            lock (_lock)
            {
                _followers.Remove(follower);
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            foreach (var follower in _followers)
            {
                follower.Writer.TryComplete();
            }
        }

        return ValueTask.CompletedTask;
    }

    private void Publish(StoreCommit commit)
    {
        // A log of the recent past only: enough for a follower that loaded a moment ago.
        _log.Add(commit);
        if (_log.Count > 2 * Core.Limits.CommitChangesMax)
        {
            _log.RemoveRange(0, Core.Limits.CommitChangesMax);
        }

        foreach (var follower in _followers)
        {
            follower.Writer.TryWrite(commit);
        }
    }
}
