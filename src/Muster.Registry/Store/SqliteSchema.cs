using System.Globalization;

namespace Muster.Registry.Store;

/// <summary>The tables of a store file, version 4, and how earlier ones become it.</summary>
internal static class SqliteSchema
{
    // What version 3 does not have needs no change of the tables: active checks, which are in the bodies. A program that does not
    // know them would take checked instances for silent ones and remove them, so it must not open the file.
    public const int Version = 4;

    /// <summary>Every table, and what is copied of it.</summary>
    public static readonly (string Table, string Columns)[] Tables =
    [
        ("leases", "id, ttl_ms, owner, revision"),
        ("instances", "namespace, service, host, port, id, lease, revision, body"),
        ("services", "namespace, name"),
        ("removals", "revision, namespace, service, id, address, reason, evidence, at_unix_ms"),
        ("holds", "namespace, service, id, intent, asked_by, at_unix_ms"),
    ];

    /// <summary>Says that a version cannot be read.</summary>
    /// <returns>The rest of a sentence that begins with the path; null if it can.</returns>
    public static string? Refuse(int version) => version is >= 1 and <= Version
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"has schema version {version}; this program reads versions 1 to {Version}");

    public const string Create = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE leases (
            id INTEGER PRIMARY KEY,
            ttl_ms INTEGER NOT NULL,
            owner TEXT NOT NULL,
            revision INTEGER NOT NULL);
        CREATE TABLE instances (
            namespace TEXT NOT NULL,
            service TEXT NOT NULL,
            host TEXT NOT NULL,
            port INTEGER NOT NULL,
            id TEXT NOT NULL,
            lease INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (namespace, service, host, port)) WITHOUT ROWID;
        CREATE TABLE services (namespace TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (namespace, name)) WITHOUT ROWID;
        CREATE TABLE removals (
            revision INTEGER NOT NULL,
            namespace TEXT NOT NULL,
            service TEXT NOT NULL,
            id TEXT NOT NULL,
            address TEXT NOT NULL,
            reason INTEGER NOT NULL,
            evidence TEXT NOT NULL,
            at_unix_ms INTEGER NOT NULL,
            PRIMARY KEY (revision, namespace, service, id)) WITHOUT ROWID;

        """ + From1;

    /// <summary>What version 1 does not have: operators' holds, and a way to the removals of one service.</summary>
    public const string From1 = """
        CREATE TABLE holds (
            namespace TEXT NOT NULL,
            service TEXT NOT NULL,
            id TEXT NOT NULL,
            intent INTEGER NOT NULL,
            asked_by TEXT NOT NULL,
            at_unix_ms INTEGER NOT NULL,
            PRIMARY KEY (namespace, service, id)) WITHOUT ROWID;
        CREATE INDEX removals_by_service ON removals(namespace, service, revision);
        """;

    /// <summary>What version 2 does not have: checksums behind the bodies of instances. <c>seal</c> is the program's own.</summary>
    public const string From2 = "UPDATE instances SET body = seal(body);";
}
