using System.Globalization;
using Microsoft.Data.Sqlite;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <content>Copies, out and in.</content>
public sealed partial class SqliteStore : IBackupStore
{
    // 1 while a copy is on its way. One at a time: each needs as much room as the store itself.
    private int _copying;

    /// <summary>The largest backup that it takes; a test gives another, because two gigabytes are no test for every day.</summary>
    internal long BackupBytesMax { get; set; } = Limits.BackupBytesMax;

    /// <inheritdoc />
    public async Task<StoreCopy> CopyAsync(CancellationToken cancellationToken)
    {
        var copy = Begin();
        try
        {
            return await Task.Run(() => Copy(copy), cancellationToken);
        }
        catch (Exception e)
        {
            End(copy);
            if (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                throw new StoreUnavailableException($"{_file.Path} cannot be copied to {copy.Path}: {e.Message}", e);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public async Task<Revision> ReplaceAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> content, string storeId, CancellationToken cancellationToken)
    {
        var copy = Begin();
        try
        {
            await ReceiveAsync(content, copy.Path, cancellationToken);
            return await Task.Run(() => Replace(copy.Path, storeId), cancellationToken);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"{_file.Path} cannot be replaced: {e.Message}", e);
        }
        finally
        {
            End(copy);
        }
    }

    private async Task ReceiveAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> content, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        await foreach (var part in content.WithCancellation(cancellationToken))
        {
            if (file.Length + part.Length > BackupBytesMax)
            {
                throw new BackupRefusedException(string.Create(
                    CultureInfo.InvariantCulture, $"has more than {BackupBytesMax} bytes, which is the most that is allowed"));
            }

            await file.WriteAsync(part, cancellationToken);
        }
    }

    private CopyFile Begin() => Interlocked.Exchange(ref _copying, 1) == 0
        ? new CopyFile(_file.Directory)
        : throw new StoreUnavailableException("another backup or restore is on its way; try again when it is done.");

    private void End(CopyFile copy)
    {
        copy.Dispose();
        Volatile.Write(ref _copying, 0);
    }

    private StoreCopy Copy(CopyFile copy)
    {
        _file.CopyTo(copy.Path);
        string storeId;
        Revision revision;
        using (var connection = SqliteConnections.Open(copy.Path, SqliteOpenMode.ReadOnly))
        {
            storeId = SqliteRows.ReadStoreId(connection, copy.Path);
            revision = SqliteRows.ReadRevision(connection, copy.Path);
        }

        return new StoreCopy(File.OpenRead(copy.Path), storeId, revision, () => End(copy));
    }

    private Revision Replace(string copy, string storeId)
    {
        var revision = CheckCopy(copy);
        lock (_lock)
        {
            var next = (revision > _records.Revision ? revision : _records.Revision).Next;
            _records = _file.Replace(copy, storeId, next);
            _log.Publish(new StoreCommit(next, []) { Replacement = _records.Snapshot() });
            return next;
        }
    }

    /// <summary>Checks everything that can be wrong with a copy, before anything is touched.</summary>
    private static Revision CheckCopy(string copy)
    {
        try
        {
            if (SqliteHeader.Refuse(copy) is { } refusal)
            {
                throw new BackupRefusedException(refusal);
            }

            using var connection = SqliteConnections.Open(copy, SqliteOpenMode.ReadWrite);
            SqliteConnections.Check(connection, copy, "integrity_check");
            SqliteRows.Load(connection, copy, new RecordTables(SqliteRows.ReadStoreId(connection, copy)));
            SqliteRows.LoadRemovals(connection, copy);
            return SqliteRows.ReadRevision(connection, copy);
        }
        catch (Exception e) when (e is SqliteException or StoreUnavailableException)
        {
            var reason = e.InnerException?.Message ?? e.Message.Replace(copy + " ", "", StringComparison.Ordinal);
            throw new BackupRefusedException($"is damaged ({reason.TrimEnd('.')})", e);
        }
    }
}
