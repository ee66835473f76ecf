using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>The store of one registry process: group commits that take their time, fail in an outage, and die with the process before
/// they are durable, or after it and before anybody hears of them.</summary>
internal sealed class SimStore(World world, SimProcess process, SimDisk disk) : ICatalogStore
{
    private readonly Queue<Pending> _waiting = new();
    private readonly object _disk = new();
    private bool _isWriting;

    /// <summary>What is durable.</summary>
    public Revision Revision => disk.Records.Revision;

    /// <summary>Takes each commit.</summary>
    public Action<StoreCommit>? Feed { get; set; }

    public Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(disk.Records.Snapshot());

    public Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync(Revision upTo, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RemovalRecord>>([.. disk.Removals.All.TakeWhile(r => r.Revision <= upTo)]);

    public Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new Pending(batch, cancellationToken);
        _waiting.Enqueue(pending);
        WriteSoon();
        return pending.Completion.Task;
    }

    public IAsyncEnumerable<StoreCommit> ChangesAsync(Revision after, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The simulation feeds the catalog itself.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void WriteSoon()
    {
        if (_isWriting || _waiting.Count == 0)
        {
            return;
        }

        _isWriting = true;
        var takes = world.Chance(0.02) ? world.Milliseconds(50, 300) : world.Milliseconds(0.2, 8);
        var at = world.Now + takes;
        world.At(process, disk.HangsUntil is { } until && until > at ? until : at, _disk, Write);
    }

    private void Write()
    {
        _isWriting = false;
        var group = _waiting.ToArray();
        _waiting.Clear();
        if (disk.IsDown)
        {
            foreach (var pending in group)
            {
                pending.Completion.TrySetException(new StoreUnavailableException("the disk is away"));
            }

            return;
        }

        disk.BeforeCommit();
        var changes = new List<RecordChange>();
        foreach (var pending in group)
        {
            if (pending.CancellationToken.IsCancellationRequested)
            {
                pending.Completion.TrySetCanceled(pending.CancellationToken);
                continue;
            }

            var (committed, made, _) = disk.Records.ApplyAll(pending.Batch);
            pending.Committed = committed;
            changes.AddRange(made);
        }

        if (changes.Count > 0)
        {
            var commit = disk.Keep([.. changes]);
            world.Record(new HistoryEvent.Committed(world.Now, disk.StoreId, commit));
            world.At(process, world.Now, _disk, () => Feed!(commit));
        }

        // As a store on the other side of a network may: it was made, and its caller does not hear so.
        var isUnheard = world.Chance(0.03);
        var revision = disk.Records.Revision;
        world.At(process, world.Now, _disk, () =>
        {
            foreach (var pending in group.Where(p => p.Committed is not null))
            {
                if (isUnheard)
                {
                    pending.Completion.TrySetException(new StoreUnavailableException("no answer"));
                }
                else
                {
                    pending.Completion.TrySetResult(new CommitResult(revision, pending.Committed!));
                }
            }
        });
        WriteSoon();
    }

    private sealed class Pending(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        public IReadOnlyList<ConditionalChange> Batch => batch;

        public CancellationToken CancellationToken => cancellationToken;

        public IReadOnlyList<bool>? Committed { get; set; }

        public TaskCompletionSource<CommitResult> Completion { get; } = new();
    }
}
