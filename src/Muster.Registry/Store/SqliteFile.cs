using Microsoft.Data.Sqlite;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The file of a <see cref="SqliteStore"/>: opened for one process alone, checked, read, written. Not thread-safe, but
/// <see cref="CopyTo"/> may run beside the rest.</summary>
internal sealed class SqliteFile : IDisposable
{
    private const string FileName = "muster.db";

    private readonly FileStream _lock;
    private readonly SqliteConnection _connection;
    private readonly SqliteStatements _statements;

    private SqliteFile(string path, FileStream lockFile, SqliteConnection connection)
    {
        Path = path;
        _lock = lockFile;
        _connection = connection;
        _statements = new SqliteStatements(connection);
    }

    public string Path { get; }

    public string Directory => System.IO.Path.GetDirectoryName(Path)!;

    public static SqliteFile Open(string directory, string newStoreId)
    {
        var path = System.IO.Path.Combine(directory, FileName);
        var lockFile = DirectoryLock.Take(directory);
        SqliteConnection? connection = null;
        try
        {
            CopyFile.DeleteLeftovers(directory);
            CreateIfMissing(path, newStoreId);
            if (SqliteHeader.Refuse(path) is { } refusal)
            {
                throw new StoreUnavailableException($"{path} {refusal}; {SqliteConnections.Advice}, or choose another directory with --data.");
            }

            connection = SqliteConnections.Open(path, SqliteOpenMode.ReadWrite);
            SqliteConnections.Check(connection, path, "quick_check");
            SqliteConnections.Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            return SqliteRows.Guard(path, () => new SqliteFile(path, lockFile, connection));
        }
        catch (Exception e)
        {
            connection?.Dispose();
            lockFile.Dispose();
            switch (e)
            {
                case SqliteException sqlite:
                    throw new StoreUnavailableException($"{path} {SqliteConnections.Describe(sqlite, "opened")}", e);
                case IOException or UnauthorizedAccessException:
                    throw new StoreUnavailableException($"{path} cannot be opened: {e.Message.TrimEnd('.')}.", e);
                default:
                    throw;
            }
        }
    }

    /// <summary>Reads everything.</summary>
    public RecordTables Load()
    {
        var tables = SqliteRows.Load(_connection, Path, new RecordTables(
            SqliteRows.ReadStoreId(_connection, Path), SqliteRows.ReadRevision(_connection, Path)));
        // Asked for later: a file that will be refused then is refused now, before anything of it is touched.
        LoadRemovals();
        SqliteConnections.TidyOnClose(_connection);
        return tables;
    }

    /// <summary>Reads the removals that are within the bounds.</summary>
    public RemovalHistory LoadRemovals() => SqliteRows.LoadRemovals(_connection, Path);

    /// <summary>Writes changes in one transaction, and returns when they are on the disk.</summary>
    public void Write(IEnumerable<AppliedBatch> batches, Revision revision)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        try
        {
            foreach (var batch in batches)
            {
                for (var i = 0; i < batch.Changes.Length; i++)
                {
                    _statements.Write(batch.Changes[i], batch.Rows[i], revision);
                }
            }

            _statements.WriteRevision(revision);
            transaction.Commit();
        }
        catch
        {
            _statements.OnRollback();
            throw;
        }
    }

    /// <summary>Gives the room back that the log takes, so that a full disk may have some again.</summary>
    public void TryShrinkLog()
    {
        try
        {
            SqliteConnections.Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // Then it has none, and the next write says so.
        }
    }

    /// <summary>Writes a copy of what is committed to a file that does not exist yet. The writer goes on meanwhile.</summary>
    public void CopyTo(string copy)
    {
        using var connection = SqliteConnections.Open(Path, SqliteOpenMode.ReadOnly);
        SqliteConnections.Execute(connection, "VACUUM INTO $1", copy);
    }

    /// <summary>Replaces everything by the contents of a checked copy, in one transaction.</summary>
    /// <param name="copy">The copy's path.</param>
    /// <param name="storeId">What the store is called from here on.</param>
    /// <param name="revision">The commit's revision, which every instance and lease gets too: it is what changed them.</param>
    /// <returns>The records as they are now.</returns>
    public RecordTables Replace(string copy, string storeId, Revision revision)
    {
        RecordTables tables;
        using (var source = SqliteConnections.Open(copy, SqliteOpenMode.ReadOnly))
        {
            // Before anything is written: what cannot be read must not replace what can.
            tables = SqliteRows.Load(source, copy, new RecordTables(storeId, revision), revision);
        }

        SqliteConnections.Execute(_connection, "ATTACH DATABASE $1 AS copy", copy);
        try
        {
            using var transaction = _connection.BeginTransaction(deferred: false);
            foreach (var (table, columns) in SqliteSchema.Tables)
            {
                SqliteConnections.Execute(_connection, $"DELETE FROM main.{table}");
                SqliteConnections.Execute(_connection, $"INSERT INTO main.{table}({columns}) SELECT {columns} FROM copy.{table}");
            }

            SqliteConnections.Execute(_connection, "UPDATE instances SET revision=$1", (long)revision.Value);
            SqliteConnections.Execute(_connection, "UPDATE leases SET revision=$1", (long)revision.Value);
            SqliteConnections.Execute(_connection, "UPDATE meta SET value=$1 WHERE key='revision'", (long)revision.Value);
            SqliteConnections.Execute(_connection, "UPDATE meta SET value=$1 WHERE key='store_id'", storeId);
            transaction.Commit();
        }
        finally
        {
            SqliteConnections.Execute(_connection, "DETACH DATABASE copy");
        }

        _statements.StartOver();
        return tables;
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
        _lock.Dispose();
    }

    private static void CreateIfMissing(string path, string storeId)
    {
        if (File.Exists(path))
        {
            return;
        }

        var log = path + "-wal";
        if (File.Exists(log))
        {
            // A new file beside an old log would take the log's pages for its own.
            throw new StoreUnavailableException(
                $"{path} is missing, but {log} is there, with what was committed last: put the file back, or move that one away to start empty.");
        }

        // Built elsewhere, so that a crash on the way leaves nothing that looks like an empty store.
        var building = path + ".new";
        File.Delete(building);
        File.Delete(building + "-journal");
        SqliteConnections.Create(building, storeId);
        File.Move(building, path);
    }
}
