using Microsoft.Data.Sqlite;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The prepared statements of a store file. Not thread-safe.</summary>
internal sealed class SqliteStatements(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _putInstance = new(connection,
        "INSERT OR REPLACE INTO instances(row, lease, revision, body) VALUES (?, ?, ?, ?)");
    private readonly SqliteStatement _removeInstance = new(connection, "DELETE FROM instances WHERE row=?");
    private readonly SqliteStatement _putLease = new(connection,
        "INSERT OR REPLACE INTO leases(row, id, ttl_ms, owner, revision) VALUES (?, ?, ?, ?, ?)");
    private readonly SqliteStatement _removeLease = new(connection, "DELETE FROM leases WHERE row=?");
    private readonly SqliteStatement _putService = new(connection, "INSERT OR IGNORE INTO services(namespace, name) VALUES (?, ?)");
    private readonly SqliteStatement _forgetService = new(connection, "DELETE FROM services WHERE namespace=? AND name=?");
    private readonly SqliteStatement _putRevision = new(connection, "UPDATE meta SET value=? WHERE key='revision'");
    private readonly SqliteStatement _putHold = new(connection,
        "INSERT OR REPLACE INTO holds(namespace, service, id, intent, asked_by, at_unix_ms) VALUES (?, ?, ?, ?, ?, ?)");
    private readonly SqliteStatement _releaseHold = new(connection, "DELETE FROM holds WHERE namespace=? AND service=? AND id=?");
    private readonly SqliteRemovals _removals = new(connection);

    // Services that the file is known to have, so that most instances need not say so again.
    private readonly HashSet<ServiceKey> _services = [];

    /// <summary>Writes a change.</summary>
    /// <param name="change">What was made.</param>
    /// <param name="row">The number of the instance or lease that it is about.</param>
    /// <param name="revision">The commit's.</param>
    public void Write(RecordChange change, long row, Revision revision)
    {
        switch (change)
        {
            case RecordChange.InstancePut { Instance: var instance }:
                Put(instance.Key.Service);
                _putInstance.Bind(row).Bind(unchecked((long)instance.Lease.Value)).Bind((long)revision.Value)
                    .Bind(SqliteRecords.Write(instance)).Run();
                break;
            case RecordChange.InstanceRemoved removed:
                _removeInstance.Bind(row).Run();
                _removals.Write(removed.ToRecord(revision));
                break;
            case RecordChange.LeasePut { Lease: var lease }:
                _putLease.Bind(row).Bind(unchecked((long)lease.Id.Value)).Bind((long)lease.Ttl.TotalMilliseconds).Bind(lease.OwnerNode)
                    .Bind((long)revision.Value).Run();
                break;
            case RecordChange.LeaseRemoved:
                _removeLease.Bind(row).Run();
                break;
            case RecordChange.ServiceForgotten { Service: var forgotten }:
                _services.Remove(forgotten);
                _forgetService.Bind(forgotten.Namespace).Bind(forgotten.Name).Run();
                break;
            case RecordChange.HoldPut { Hold: var hold }:
                _putHold.Bind(hold.Instance.Service.Namespace).Bind(hold.Instance.Service.Name).Bind(hold.Instance.Id)
                    .Bind((int)hold.Intent).Bind(hold.By).Bind(hold.At.ToUnixTimeMilliseconds()).Run();
                break;
            case RecordChange.HoldReleased { Instance: var released }:
                _releaseHold.Bind(released.Service.Namespace).Bind(released.Service.Name).Bind(released.Id).Run();
                break;
        }
    }

    public void WriteRevision(Revision revision) => _putRevision.Bind((long)revision.Value).Run();

    /// <summary>What was written since the last commit is not in the file.</summary>
    /// <remarks>The removals' counts may now be too high, which only trims early.</remarks>
    public void OnRollback() => _services.Clear();

    /// <summary>The file's contents were replaced.</summary>
    public void StartOver()
    {
        _services.Clear();
        _removals.Recount();
    }

    public void Dispose()
    {
        foreach (var statement in (IDisposable[])
            [_putInstance, _removeInstance, _putLease, _removeLease, _putService, _forgetService, _putRevision, _putHold, _releaseHold, _removals])
        {
            statement.Dispose();
        }
    }

    private void Put(ServiceKey service)
    {
        if (_services.Add(service))
        {
            _putService.Bind(service.Namespace).Bind(service.Name).Run();
        }
    }
}
