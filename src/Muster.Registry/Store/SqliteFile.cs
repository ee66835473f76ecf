using System.Globalization;
using Microsoft.Data.Sqlite;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The file of a <see cref="SqliteStore"/>: opened for one process alone, checked, read, written. Not thread-safe.</summary>
internal sealed class SqliteFile : IDisposable
{
    private const string FileName = "muster.db";
    private const string LockName = "lock";

    // "MSTR" in ASCII: tells our files from other SQLite files.
    private const int ApplicationId = 0x4D535452;
    private const int SchemaVersion = 2;

    private readonly FileStream _lock;
    private readonly SqliteConnection _connection;
    private readonly string _storeId;
    private readonly SqliteStatements _statements;

    private SqliteFile(string path, FileStream lockFile, SqliteConnection connection, string storeId)
    {
        Path = path;
        _lock = lockFile;
        _connection = connection;
        _storeId = storeId;
        _statements = new SqliteStatements(connection);
    }

    public string Path { get; }

    public static SqliteFile Open(string directory, string newStoreId)
    {
        var path = System.IO.Path.Combine(directory, FileName);
        var lockFile = Lock(directory);
        SqliteConnection? connection = null;
        try
        {
            var isNew = !File.Exists(path) || new FileInfo(path).Length == 0;
            connection = Connect(path);
            if (isNew)
            {
                Create(connection, newStoreId);
            }

            Check(connection, path);
            Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            return new SqliteFile(path, lockFile, connection, (string)Scalar(connection, "SELECT value FROM meta WHERE key='store_id'")!);
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            lockFile.Dispose();
            throw new StoreUnavailableException($"{path} cannot be opened: {e.Message}", e);
        }
        catch
        {
            connection?.Dispose();
            lockFile.Dispose();
            throw;
        }
    }

    /// <summary>Reads everything.</summary>
    public RecordTables Load()
    {
        try
        {
            var revision = Convert.ToUInt64(Scalar(_connection, "SELECT value FROM meta WHERE key='revision'"), CultureInfo.InvariantCulture);
            var tables = new RecordTables(_storeId, new Revision(revision));
            Read("SELECT id, ttl_ms, owner, revision FROM leases", row => tables.Load(new LeaseRecord(
                new LeaseId(unchecked((ulong)row.GetInt64(0))), TimeSpan.FromMilliseconds(row.GetInt64(1)), row.GetString(2),
                new Revision((ulong)row.GetInt64(3)))));
            Read("SELECT body, lease, revision FROM instances", row => tables.Load(SqliteRecords.ReadInstance(
                (byte[])row.GetValue(0), new LeaseId(unchecked((ulong)row.GetInt64(1))), new Revision((ulong)row.GetInt64(2)), Path)));
            Read("SELECT namespace, name FROM services", row => tables.Load(new ServiceKey(row.GetString(0), row.GetString(1))));
            Read("SELECT namespace, service, id, intent, asked_by, at_unix_ms FROM holds", row => tables.Load(new Hold(
                new InstanceKey(new ServiceKey(row.GetString(0), row.GetString(1)), row.GetString(2)), (Intent)row.GetInt32(3),
                row.GetString(4), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)))));
            return tables;
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException($"{Path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads the removals that are within the bounds.</summary>
    public RemovalHistory LoadRemovals()
    {
        try
        {
            var history = new RemovalHistory();
            Read("SELECT revision, namespace, service, id, address, reason, evidence, at_unix_ms FROM removals ORDER BY revision",
                row => history.Add(new RemovalRecord(
                    new InstanceKey(new ServiceKey(row.GetString(1), row.GetString(2)), row.GetString(3)), row.GetString(4),
                    new Removal((RemovalReason)row.GetInt32(5), row.GetString(6), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7))),
                    new Revision((ulong)row.GetInt64(0)))));
            return history;
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException($"{Path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes changes in one transaction, and returns when they are on the disk.</summary>
    public void Write(IReadOnlyList<RecordChange> changes, Revision revision)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        _statements.Use(transaction);
        foreach (var change in changes)
        {
            _statements.Write(change, revision);
        }

        _statements.WriteRevision(revision);
        transaction.Commit();
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
        _lock.Dispose();
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            // FileShare.None is an advisory lock on the whole file: it ends with the process, however that ends.
            return new FileStream(System.IO.Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnavailableException($"{directory} cannot be written: {e.Message} Choose another directory with --data.", e);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(
                $"{directory} cannot be used: {e.Message} If another registry runs on it, stop that one or choose another directory with --data.", e);
        }
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString());
        connection.Open();
        return connection;
    }

    private static void Create(SqliteConnection connection, string storeId)
    {
        using var transaction = connection.BeginTransaction();
        Execute(connection, SqliteSchema.Create, transaction);
        Execute(connection, string.Create(CultureInfo.InvariantCulture,
            $"PRAGMA application_id={ApplicationId}; PRAGMA user_version={SchemaVersion};"), transaction);
        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = "INSERT INTO meta(key, value) VALUES ('store_id', $id), ('revision', 0)";
        insert.Parameters.AddWithValue("$id", storeId);
        insert.ExecuteNonQuery();
        transaction.Commit();
    }

    private static void Check(SqliteConnection connection, string path)
    {
        var application = Convert.ToInt32(Scalar(connection, "PRAGMA application_id"), CultureInfo.InvariantCulture);
        if (application != ApplicationId)
        {
            throw new StoreUnavailableException($"{path} is an SQLite file, but not one of Muster's; choose another directory with --data.");
        }

        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version == 1)
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, $"{SqliteSchema.From1} PRAGMA user_version=2;", transaction);
            transaction.Commit();
            version = 2;
        }

        if (version != SchemaVersion)
        {
            throw new StoreUnavailableException(
                $"{path} has schema version {version}; this program reads version {SchemaVersion}. Use the program that wrote it, or a newer one.");
        }

        if (Scalar(connection, "PRAGMA quick_check(1)") is not "ok" and var damage)
        {
            throw new StoreUnavailableException($"{path} is damaged ({damage}); restore a backup, or move the file away to start empty.");
        }
    }

    private static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private void Read(string sql, Action<SqliteDataReader> onRow)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            onRow(reader);
        }
    }
}
