using Microsoft.Data.Sqlite;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The prepared statements of a store file. Not thread-safe.</summary>
internal sealed class SqliteStatements : IDisposable
{
    // Removals are kept for "why did it leave?" and bounded; the oldest go.
    private const int RemovalsMax = 100_000;

    private readonly SqliteCommand _putInstance;
    private readonly SqliteCommand _removeInstance;
    private readonly SqliteCommand _putRemoval;
    private readonly SqliteCommand _trimRemovals;
    private readonly SqliteCommand _putLease;
    private readonly SqliteCommand _removeLease;
    private readonly SqliteCommand _putService;
    private readonly SqliteCommand _forgetService;
    private readonly SqliteCommand _putRevision;
    private int _removalsSinceTrim;

    public SqliteStatements(SqliteConnection connection)
    {
        _putInstance = Prepare(connection,
            "INSERT OR REPLACE INTO instances(namespace, service, host, port, id, lease, revision, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", 8);
        _removeInstance = Prepare(connection, "DELETE FROM instances WHERE namespace=$1 AND service=$2 AND host=$3 AND port=$4", 4);
        _putRemoval = Prepare(connection,
            "INSERT OR REPLACE INTO removals(revision, namespace, service, id, address, reason, evidence, at_unix_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", 8);
        _trimRemovals = Prepare(connection,
            "DELETE FROM removals WHERE revision < (SELECT revision FROM removals ORDER BY revision DESC LIMIT 1 OFFSET $1)", 1);
        _putLease = Prepare(connection, "INSERT OR REPLACE INTO leases(id, ttl_ms, owner, revision) VALUES ($1, $2, $3, $4)", 4);
        _removeLease = Prepare(connection, "DELETE FROM leases WHERE id=$1", 1);
        _putService = Prepare(connection, "INSERT OR IGNORE INTO services(namespace, name) VALUES ($1, $2)", 2);
        _forgetService = Prepare(connection, "DELETE FROM services WHERE namespace=$1 AND name=$2", 2);
        _putRevision = Prepare(connection, "UPDATE meta SET value=$1 WHERE key='revision'", 1);
    }

    private IEnumerable<SqliteCommand> All =>
        [_putInstance, _removeInstance, _putRemoval, _trimRemovals, _putLease, _removeLease, _putService, _forgetService, _putRevision];

    /// <summary>What is written next belongs to this transaction.</summary>
    public void Use(SqliteTransaction transaction)
    {
        foreach (var command in All)
        {
            command.Transaction = transaction;
        }
    }

    public void Write(RecordChange change, Revision revision)
    {
        switch (change)
        {
            case RecordChange.InstancePut put:
                Put(put.Instance, revision);
                break;
            case RecordChange.InstanceRemoved removed:
                Remove(removed, revision);
                break;
            case RecordChange.LeasePut put:
                Run(_putLease, unchecked((long)put.Lease.Id.Value), (long)put.Lease.Ttl.TotalMilliseconds, put.Lease.OwnerNode, (long)revision.Value);
                break;
            case RecordChange.LeaseRemoved removed:
                Run(_removeLease, unchecked((long)removed.Lease.Value));
                break;
            case RecordChange.ServiceForgotten forgotten:
                Run(_forgetService, forgotten.Service.Namespace, forgotten.Service.Name);
                break;
        }
    }

    public void WriteRevision(Revision revision) => Run(_putRevision, (long)revision.Value);

    public void Dispose()
    {
        foreach (var command in All)
        {
            command.Dispose();
        }
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        }

        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private void Put(InstanceRecord instance, Revision revision)
    {
        var key = instance.AddressKey;
        Run(_putService, key.Service.Namespace, key.Service.Name);
        Run(_putInstance, key.Service.Namespace, key.Service.Name, key.Host, key.Port, instance.Key.Id,
            unchecked((long)instance.Lease.Value), (long)revision.Value, SqliteRecords.Write(instance));
    }

    private void Remove(RecordChange.InstanceRemoved removed, Revision revision)
    {
        var key = removed.Address;
        Run(_removeInstance, key.Service.Namespace, key.Service.Name, key.Host, key.Port);
        Run(_putRemoval, (long)revision.Value, key.Service.Namespace, key.Service.Name, removed.Id, key.Address,
            (int)removed.Removal.Reason, removed.Removal.Evidence, removed.Removal.At.ToUnixTimeMilliseconds());
        if (++_removalsSinceTrim >= RemovalsMax / 100)
        {
            _removalsSinceTrim = 0;
            Run(_trimRemovals, RemovalsMax);
        }
    }
}
