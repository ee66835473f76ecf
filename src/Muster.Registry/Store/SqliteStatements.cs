using Microsoft.Data.Sqlite;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The prepared statements of a store file. Not thread-safe.</summary>
internal sealed class SqliteStatements : IDisposable
{
    private readonly SqliteCommand _putInstance;
    private readonly SqliteCommand _removeInstance;
    private readonly SqliteCommand _putLease;
    private readonly SqliteCommand _removeLease;
    private readonly SqliteCommand _putService;
    private readonly SqliteCommand _forgetService;
    private readonly SqliteCommand _putRevision;
    private readonly SqliteCommand _putHold;
    private readonly SqliteCommand _releaseHold;
    private readonly SqliteRemovals _removals;

    public SqliteStatements(SqliteConnection connection)
    {
        _putInstance = Prepare(connection,
            "INSERT OR REPLACE INTO instances(namespace, service, host, port, id, lease, revision, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", 8);
        _removeInstance = Prepare(connection, "DELETE FROM instances WHERE namespace=$1 AND service=$2 AND host=$3 AND port=$4", 4);
        _putLease = Prepare(connection, "INSERT OR REPLACE INTO leases(id, ttl_ms, owner, revision) VALUES ($1, $2, $3, $4)", 4);
        _removeLease = Prepare(connection, "DELETE FROM leases WHERE id=$1", 1);
        _putService = Prepare(connection, "INSERT OR IGNORE INTO services(namespace, name) VALUES ($1, $2)", 2);
        _forgetService = Prepare(connection, "DELETE FROM services WHERE namespace=$1 AND name=$2", 2);
        _putRevision = Prepare(connection, "UPDATE meta SET value=$1 WHERE key='revision'", 1);
        _putHold = Prepare(connection, "INSERT OR REPLACE INTO holds(namespace, service, id, intent, asked_by, at_unix_ms) VALUES ($1, $2, $3, $4, $5, $6)", 6);
        _releaseHold = Prepare(connection, "DELETE FROM holds WHERE namespace=$1 AND service=$2 AND id=$3", 3);
        _removals = new SqliteRemovals(connection);
    }

    private IEnumerable<SqliteCommand> All =>
        [_putInstance, _removeInstance, _putLease, _removeLease, _putService, _forgetService, _putRevision, _putHold, _releaseHold, .. _removals.All];

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
            case RecordChange.HoldPut { Hold: var hold }:
                Run(_putHold, hold.Instance.Service.Namespace, hold.Instance.Service.Name, hold.Instance.Id, (int)hold.Intent, hold.By,
                    hold.At.ToUnixTimeMilliseconds());
                break;
            case RecordChange.HoldReleased { Instance: var released }:
                Run(_releaseHold, released.Service.Namespace, released.Service.Name, released.Id);
                break;
        }
    }

    /// <summary>Counts the removals again, after they were replaced.</summary>
    public void Recount() => _removals.Recount();

    public void WriteRevision(Revision revision) => Run(_putRevision, (long)revision.Value);

    public void Dispose()
    {
        foreach (var command in All)
        {
            command.Dispose();
        }
    }

    internal static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        }

        return command;
    }

    internal static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
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
        _removals.Write(removed.ToRecord(revision));
    }
}
