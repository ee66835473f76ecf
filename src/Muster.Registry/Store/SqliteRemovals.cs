using Microsoft.Data.Sqlite;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The tombstones in a store file, kept within their bounds. Not thread-safe.</summary>
/// <remarks>A bound is held to within a tenth: trimming takes as long as many writes, so it waits until it is worth it. Whoever
/// reads gets no more than the bounds.</remarks>
internal sealed class SqliteRemovals : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _put;
    private readonly SqliteStatement _trimService;
    private readonly SqliteStatement _trim;

    // Removals in the file, of each service.
    private readonly Dictionary<ServiceKey, int> _counts = [];
    private int _count;

    public SqliteRemovals(SqliteConnection connection)
    {
        _connection = connection;
        _put = new(connection,
            "INSERT OR REPLACE INTO removals(revision, namespace, service, id, address, reason, evidence, at_unix_ms, lease) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        _trimService = new(connection,
            "DELETE FROM removals WHERE namespace=?1 AND service=?2 AND revision < (SELECT revision FROM removals WHERE namespace=?1 AND service=?2 ORDER BY revision DESC LIMIT 1 OFFSET ?3)");
        _trim = new(connection,
            "DELETE FROM removals WHERE revision < (SELECT revision FROM removals ORDER BY revision DESC LIMIT 1 OFFSET ?)");
        Recount();
    }

    public void Write(RemovalRecord removal)
    {
        var service = removal.Instance.Service;
        _put.Bind((long)removal.Revision.Value).Bind(service.Namespace).Bind(service.Name).Bind(removal.Instance.Id).Bind(removal.Address)
            .Bind((int)removal.Removal.Reason).Bind(removal.Removal.Evidence).Bind(removal.Removal.At.ToUnixTimeMilliseconds())
            .Bind((long)removal.Lease.Value).Run();
        _count++;
        var ofService = _counts[service] = _counts.GetValueOrDefault(service) + 1;
        if (ofService >= WithSlack(Limits.RemovalsPerServiceMax))
        {
            _trimService.Bind(service.Namespace).Bind(service.Name).Bind(Limits.RemovalsPerServiceMax - 1).Run();
            _count -= ofService - Limits.RemovalsPerServiceMax;
            _counts[service] = Limits.RemovalsPerServiceMax;
        }

        if (_count >= WithSlack(Limits.RemovalsMax))
        {
            _trim.Bind(Limits.RemovalsMax - 1).Run();
            Recount();
        }
    }

    /// <summary>Counts what the file holds.</summary>
    public void Recount()
    {
        _counts.Clear();
        _count = 0;
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT namespace, service, COUNT(*) FROM removals GROUP BY namespace, service";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var count = reader.GetInt32(2);
            _counts[new ServiceKey(reader.GetString(0), reader.GetString(1))] = count;
            _count += count;
        }
    }

    public void Dispose()
    {
        _put.Dispose();
        _trimService.Dispose();
        _trim.Dispose();
    }

    private static int WithSlack(int max) => max + max / 10;
}
