using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Keeps records in one SQLite file: the embedded default. What it acknowledged survives <c>kill -9</c> and power loss.</summary>
/// <remarks>WAL with <c>synchronous=FULL</c>, so a commit returns after its fsync. One writer takes whatever waits into its next
/// transaction, so that one fsync serves many callers (group commit); conflicts are decided against the records in memory.
/// Thread-safe.</remarks>
public sealed partial class SqliteStore : ICatalogStore
{
    // A full disk fails thousands of commits a second, and the log must not fill the next one.
    private static readonly TimeSpan s_failureTellInterval = TimeSpan.FromSeconds(10);

    // A transaction of 4,096 changes takes some 30 ms to write; more would only make its callers wait longer.
    private const int TransactionChangesMax = 4096;

    // Guards the records, from the decision until it is durable or taken back: whoever loads sees no commit that may not last.
    private readonly Lock _lock = new();
    private readonly SqliteFile _file;

    // Replaced whole when a backup is restored.
    private RecordTables _records;
    private readonly CommitLog _log = new();
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    // Bounded: past it callers wait for room, and their deadlines apply.
    private readonly Channel<PendingCommit> _pending =
        Channel.CreateBounded<PendingCommit>(new BoundedChannelOptions(4 * Limits.CommitChangesMax) { SingleReader = true });
    private readonly Task _writer;

    // The writer's alone: when it told last that it failed, and how often it did since.
    private long? _failureToldAt;
    private int _untoldCount;

    private SqliteStore(SqliteFile file, RecordTables records, ILogger logger, TimeProvider time)
    {
        _time = time;
        _file = file;
        _records = records;
        _logger = logger;
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>Opens the store of a directory, and creates it if the directory has none.</summary>
    /// <param name="directory">Created if it is missing.</param>
    /// <param name="newStoreId">Names the store if it is created.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="time">Paces what is logged while the disk takes no writes.</param>
    /// <exception cref="StoreUnavailableException">The directory cannot be used: read-only, held by another registry, or with a
    /// file that is damaged or not Muster's. The message names the path; nothing in it was touched.</exception>
    public static SqliteStore Open(string directory, string newStoreId, ILogger logger, TimeProvider time)
    {
        var file = SqliteFile.Open(directory, newStoreId);
        try
        {
            return new SqliteStore(file, file.Load(), logger, time);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

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
        // The file has one connection, which the writer uses under the same lock.
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<RemovalRecord>>(
                [.. _file.LoadRemovals().All.TakeWhile(r => r.Revision <= upTo)]);
        }
    }

    /// <inheritdoc />
    public async Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
    {
        var pending = new PendingCommit(batch, cancellationToken);
        try
        {
            await _pending.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreUnavailableException($"{_file.Path}: the store is closed.", e);
        }

        return await pending.Result;
    }

    /// <inheritdoc />
    public IAsyncEnumerable<StoreCommit> ChangesAsync(Revision after, CancellationToken cancellationToken) =>
        _log.FollowAsync(after, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _writer;
        _log.Complete();
        _file.Dispose();
    }

    private async Task WriteAsync()
    {
        var group = new List<PendingCommit>();
        while (await _pending.Reader.WaitToReadAsync())
        {
            Gather(group);
            Write(group);
            group.Clear();
        }
    }

    private void Gather(List<PendingCommit> group)
    {
        var changes = 0;
        while (changes < TransactionChangesMax && _pending.Reader.TryRead(out var pending))
        {
            if (pending.IsAbandoned)
            {
                // No commit starts after its caller's deadline.
                pending.Abandon();
                continue;
            }

            changes += pending.Batch.Count;
            group.Add(pending);
        }
    }

    private void Write(List<PendingCommit> group)
    {
        Revision revision;
        try
        {
            lock (_lock)
            {
                revision = WriteLocked(group);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it was: the writer goes on, since nobody would answer those who wait for it.
            TellFailure(e);
            var isFull = e is SqliteException sqlite && sqlite.IsFull();
            var reason = isFull ? "the disk is full; make room, and the registry goes on by itself." : e.Message;
            foreach (var pending in group)
            {
                pending.Fail(new StoreUnavailableException($"{_file.Path} cannot be written: {reason}", e));
            }

            return;
        }

        foreach (var pending in group)
        {
            pending.Complete(revision);
        }
    }

    private void TellFailure(Exception e)
    {
        if (_failureToldAt is { } at && _time.GetElapsedTime(at) < s_failureTellInterval)
        {
            _untoldCount++;
            return;
        }

        LogWriteFailed(_file.Path, _untoldCount, e);
        _failureToldAt = _time.GetTimestamp();
        _untoldCount = 0;
    }

    private Revision WriteLocked(List<PendingCommit> group)
    {
        ImmutableArray<RecordChange> changes;
        try
        {
            foreach (var pending in group)
            {
                pending.Applied = _records.ApplyAll(pending.Batch);
            }

            changes = [.. group.SelectMany(p => p.Applied.Changes)];
            if (changes.Length == 0)
            {
                return _records.Revision;
            }

            _file.Write(group.Select(p => p.Applied), _records.Revision.Next);
        }
        catch (Exception e)
        {
            _records.TakeBack();
            if (e is SqliteException sqlite && sqlite.IsFull())
            {
                _file.TryShrinkLog();
            }

            throw;
        }

        _records.Keep();
        _log.Publish(new StoreCommit(_records.Revision, changes));
        return _records.Revision;
    }

    [LoggerMessage(EventIds.StoreWriteFailed, LogLevel.Error,
        "{Path} cannot be written, nor was it {Untold} times since this was said last; callers are told to retry")]
    private partial void LogWriteFailed(string path, int untold, Exception exception);
}
