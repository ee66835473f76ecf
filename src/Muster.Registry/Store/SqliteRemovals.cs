using Microsoft.Data.Sqlite;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>The tombstones in a store file, kept within their bounds. Not thread-safe.</summary>
/// <remarks>A bound is held to within a tenth: trimming takes as long as many writes, so it waits until it is worth it. Whoever
/// reads gets no more than the bounds.</remarks>
internal sealed class SqliteRemovals
{
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _trimService;
    private readonly SqliteCommand _trim;

    // Removals in the file, of each service. A count that a failed transaction left too high only trims early.
    private readonly Dictionary<ServiceKey, int> _counts = [];
    private int _count;

    public SqliteRemovals(SqliteConnection connection)
    {
        _put = SqliteStatements.Prepare(connection,
            "INSERT OR REPLACE INTO removals(revision, namespace, service, id, address, reason, evidence, at_unix_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", 8);
        _trimService = SqliteStatements.Prepare(connection,
            "DELETE FROM removals WHERE namespace=$1 AND service=$2 AND revision < (SELECT revision FROM removals WHERE namespace=$1 AND service=$2 ORDER BY revision DESC LIMIT 1 OFFSET $3)", 3);
        _trim = SqliteStatements.Prepare(connection,
            "DELETE FROM removals WHERE revision < (SELECT revision FROM removals ORDER BY revision DESC LIMIT 1 OFFSET $1)", 1);
        Count(connection);
    }

    public IEnumerable<SqliteCommand> All => [_put, _trimService, _trim];

    public void Write(RemovalRecord removal)
    {
        var service = removal.Instance.Service;
        SqliteStatements.Run(_put, (long)removal.Revision.Value, service.Namespace, service.Name, removal.Instance.Id, removal.Address,
            (int)removal.Removal.Reason, removal.Removal.Evidence, removal.Removal.At.ToUnixTimeMilliseconds());
        _count++;
        var ofService = _counts[service] = _counts.GetValueOrDefault(service) + 1;
        if (ofService >= WithSlack(Limits.RemovalsPerServiceMax))
        {
            SqliteStatements.Run(_trimService, service.Namespace, service.Name, Limits.RemovalsPerServiceMax - 1);
            _count -= ofService - Limits.RemovalsPerServiceMax;
            _counts[service] = Limits.RemovalsPerServiceMax;
        }

        if (_count >= WithSlack(Limits.RemovalsMax))
        {
            SqliteStatements.Run(_trim, Limits.RemovalsMax - 1);
            Count(_trim.Connection!);
        }
    }

    /// <summary>Counts what the file holds, after it was replaced.</summary>
    public void Recount() => Count(_put.Connection!);

    private static int WithSlack(int max) => max + max / 10;

    private void Count(SqliteConnection connection)
    {
        _counts.Clear();
        _count = 0;
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT namespace, service, COUNT(*) FROM removals GROUP BY namespace, service";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var count = reader.GetInt32(2);
            _counts[new ServiceKey(reader.GetString(0), reader.GetString(1))] = count;
            _count += count;
        }
    }
}
