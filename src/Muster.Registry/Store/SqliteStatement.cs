using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Muster.Registry.Store;

/// <summary>A prepared statement that writes. It belongs to whatever transaction its connection has. Not thread-safe.</summary>
/// <remarks>On SQLite's own interface: a command of the ADO.NET provider costs several times what the statement does, in boxed
/// parameters and copies, and a busy registry runs tens of thousands a second.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    /// <exception cref="SqliteException">The statement does not fit the file.</exception>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    /// <summary>Gives the next parameter its value.</summary>
    public SqliteStatement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Gives the next parameter its value.</summary>
    public SqliteStatement Bind(string value)
    {
        const int OnStack = 512;
        var bytes = Encoding.UTF8.GetMaxByteCount(value.Length) <= OnStack ? stackalloc byte[OnStack] : new byte[Encoding.UTF8.GetByteCount(value)];
        Check(raw.sqlite3_bind_text(_statement, ++_bound, bytes[..Encoding.UTF8.GetBytes(value, bytes)]));
        return this;
    }

    /// <summary>Gives the next parameter its value.</summary>
    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Runs it, and makes it ready for other values.</summary>
    /// <exception cref="SqliteException">It failed; the transaction should be rolled back.</exception>
    public void Run()
    {
        raw.sqlite3_step(_statement);
        _bound = 0;
        // Gives the step's error, if there was one.
        Check(raw.sqlite3_reset(_statement));
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            _bound = 0;
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }
}
