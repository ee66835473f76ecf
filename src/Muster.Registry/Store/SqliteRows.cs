using System.Globalization;
using Microsoft.Data.Sqlite;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Reads the rows of a store file.</summary>
internal static class SqliteRows
{
    /// <summary>The store's name.</summary>
    public static string ReadStoreId(SqliteConnection connection, string path) => Guard(path, () =>
        SqliteConnections.Scalar(connection, "SELECT value FROM meta WHERE key='store_id'") as string
            ?? throw new InvalidCastException("it has no store id"));

    /// <summary>The last commit.</summary>
    public static Revision ReadRevision(SqliteConnection connection, string path) => Guard(path, () => new Revision(Convert.ToUInt64(
        SqliteConnections.Scalar(connection, "SELECT value FROM meta WHERE key='revision'"), CultureInfo.InvariantCulture)));

    /// <summary>Reads every record.</summary>
    /// <param name="connection">The file.</param>
    /// <param name="path">For messages.</param>
    /// <param name="tables">Takes them; empty.</param>
    /// <param name="as">The revision that instances and leases get; null leaves them theirs.</param>
    /// <exception cref="StoreUnavailableException">The file cannot be read, or holds what no registry wrote.</exception>
    public static RecordTables Load(SqliteConnection connection, string path, RecordTables tables, Revision? @as = null) => Guard(path, () =>
    {
        var newest = Revision.None;
        Read(connection, "SELECT row, id, ttl_ms, owner, revision FROM leases", row =>
        {
            var lease = new LeaseRecord(
                new LeaseId(unchecked((ulong)row.GetInt64(1))), TimeSpan.FromMilliseconds(row.GetInt64(2)), row.GetString(3),
                @as ?? new Revision((ulong)row.GetInt64(4)));
            if (lease.Ttl < Limits.TtlMin || lease.Ttl > Limits.TtlMax)
            {
                throw new FormatException($"the TTL of a lease is {lease.Ttl}");
            }

            tables.Load(lease, row.GetInt64(0));
        });
        Read(connection, "SELECT row, lease, revision, body FROM instances", row =>
        {
            var revision = new Revision((ulong)row.GetInt64(2));
            newest = revision > newest ? revision : newest;
            var instance = SqliteRecords.ReadInstance((byte[])row.GetValue(3), new LeaseId(unchecked((ulong)row.GetInt64(1))), @as ?? revision);
            // Without a lease nothing would ever end it.
            tables.Load(
                tables.Holds(instance.Lease) ? instance : throw new FormatException($"the lease of instance '{instance.Key}' is missing"),
                row.GetInt64(0));
        });
        if (newest > ReadRevision(connection, path))
        {
            throw new FormatException("an instance is newer than the store");
        }

        Read(connection, "SELECT namespace, name FROM services", row => tables.Load(new ServiceKey(row.GetString(0), row.GetString(1))));
        Read(connection, "SELECT namespace, service, id, intent, asked_by, at_unix_ms FROM holds", row => tables.Load(new Hold(
            new InstanceKey(new ServiceKey(row.GetString(0), row.GetString(1)), row.GetString(2)), (Intent)row.GetInt32(3),
            row.GetString(4), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)))));
        return tables;
    });

    /// <summary>Reads the removals that are within the bounds.</summary>
    public static RemovalHistory LoadRemovals(SqliteConnection connection, string path) => Guard(path, () =>
    {
        var history = new RemovalHistory();
        Read(connection, "SELECT revision, namespace, service, id, address, reason, evidence, at_unix_ms, lease FROM removals ORDER BY revision",
            row => history.Add(new RemovalRecord(
                new InstanceKey(new ServiceKey(row.GetString(1), row.GetString(2)), row.GetString(3)), row.GetString(4),
                new Removal((RemovalReason)row.GetInt32(5), row.GetString(6), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7))),
                new Revision((ulong)row.GetInt64(0)), new LeaseId((ulong)row.GetInt64(8)))));
        return history;
    });

    /// <summary>Reads something, and blames the file if it holds what nobody wrote: pages may be sound and a value in them not.</summary>
    /// <exception cref="StoreUnavailableException">It does; the message names the file.</exception>
    public static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException($"{path} {SqliteConnections.Describe(e, "read")}", e);
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or ArgumentException or OverflowException or InvalidOperationException)
        {
            throw new StoreUnavailableException($"{path} is damaged ({e.Message.TrimEnd('.')}); {SqliteConnections.Advice}.", e);
        }
    }

    private static void Read(SqliteConnection connection, string sql, Action<SqliteDataReader> onRow)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            onRow(reader);
        }
    }
}
