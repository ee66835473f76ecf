using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Muster.Registry.Store;

/// <summary>Opens, creates and checks SQLite files.</summary>
internal static class SqliteConnections
{
    public const string Advice =
        "restore a backup into an empty directory, or move muster.db, muster.db-wal and muster.db-shm away to start empty";

    /// <summary>Opens a file. When it is closed again, it is left as it is: <see cref="TidyOnClose"/> changes that.</summary>
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            KeepLogOnClose(connection, true);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The file was read and is sound: its log may be merged into it when it is closed.</summary>
    public static void TidyOnClose(SqliteConnection connection) => KeepLogOnClose(connection, false);

    /// <summary>Creates an empty store.</summary>
    public static void Create(string path, string storeId)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWriteCreate);
        using var transaction = connection.BeginTransaction();
        Execute(connection, SqliteSchema.Create);
        Execute(connection, string.Create(CultureInfo.InvariantCulture,
            $"PRAGMA application_id={SqliteHeader.ApplicationId}; PRAGMA user_version={SqliteSchema.Version};"));
        Execute(connection, "INSERT INTO meta(key, value) VALUES ('store_id', $1), ('revision', 0)", storeId);
        transaction.Commit();
    }

    /// <summary>Checks a file that was opened, and brings it up to date.</summary>
    /// <param name="connection">The file.</param>
    /// <param name="path">For messages.</param>
    /// <param name="check"><c>quick_check</c>, or <c>integrity_check</c>, which also holds indexes against their tables.</param>
    /// <exception cref="StoreUnavailableException">It is damaged, or newer than this program.</exception>
    public static void Check(SqliteConnection connection, string path, string check)
    {
        // Again, by SQLite's own reading: the log may hold a newer first page than the file.
        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (SqliteSchema.Refuse(version) is { } refusal)
        {
            throw new StoreUnavailableException($"{path} {refusal}. Use the program that wrote it, or a newer one.");
        }

        if (Scalar(connection, $"PRAGMA {check}(1)") is not "ok" and var damage)
        {
            throw new StoreUnavailableException($"{path} is damaged ({damage}); {Advice}.");
        }

        if (version < SqliteSchema.Version)
        {
            connection.CreateFunction<byte[], byte[]>("seal", SqliteRecords.Seal, isDeterministic: true);
            using var transaction = connection.BeginTransaction();
            Execute(connection, string.Create(CultureInfo.InvariantCulture,
                $"{(version == 1 ? SqliteSchema.From1 : "")} {(version <= 2 ? SqliteSchema.From2 : "")} {(version <= 4 ? SqliteSchema.From4 : "")} {SqliteSchema.From5} PRAGMA user_version={SqliteSchema.Version};"));
            transaction.Commit();
        }
    }

    public static void Execute(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        command.ExecuteNonQuery();
    }

    public static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql, []);
        return command.ExecuteScalar();
    }

    /// <summary>Whether an exception says that the disk has no room.</summary>
    public static bool IsFull(this SqliteException e) => e.SqliteErrorCode == raw.SQLITE_FULL;

    /// <summary>What an exception says of a file: the rest of a sentence that begins with the path.</summary>
    /// <param name="e">The exception.</param>
    /// <param name="attempt">What could not be done, if the file is not to blame.</param>
    public static string Describe(SqliteException e, string attempt) => e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB
        ? $"is damaged ({e.Message.TrimEnd('.')}); {Advice}."
        : $"cannot be {attempt}: {e.Message}";

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<object> values)
    {
        // It takes part in the transaction of its connection, if there is one.
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"${i + 1}"), values[i]);
        }

        return command;
    }

    private static void KeepLogOnClose(SqliteConnection connection, bool keep) =>
        raw.sqlite3_db_config(connection.Handle!, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, out _);
}
