using System.Globalization;

namespace Muster.Registry.Store;

/// <summary>The tables of a store file, version 6, and how earlier ones become it.</summary>
internal static class SqliteSchema
{
    public const int Version = 6;

    /// <summary>Every table, and what is copied of it.</summary>
    public static readonly (string Table, string Columns)[] Tables =
    [
        ("leases", "row, id, ttl_ms, owner, revision"),
        ("instances", "row, lease, revision, body"),
        ("services", "namespace, name"),
        ("removals", "revision, namespace, service, id, address, reason, evidence, at_unix_ms, lease"),
        ("holds", "namespace, service, id, intent, asked_by, at_unix_ms"),
    ];

    /// <summary>Says that a version cannot be read.</summary>
    /// <returns>The rest of a sentence that begins with the path; null if it can.</returns>
    public static string? Refuse(int version) => version is >= 1 and <= Version
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"has schema version {version}; this program reads versions 1 to {Version}");

    public const string Create = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
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
            lease INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (revision, namespace, service, id)) WITHOUT ROWID;

        """ + Numbered + From1;

    // Rows under numbers of the program's own, in the order in which they came, and no other index: what is looked for is in memory,
    // and rows that are appended share a page, where rows under their keys would each touch one of their own.
    private const string Numbered = """
        CREATE TABLE leases (
            row INTEGER PRIMARY KEY,
            id INTEGER NOT NULL,
            ttl_ms INTEGER NOT NULL,
            owner TEXT NOT NULL,
            revision INTEGER NOT NULL);
        CREATE TABLE instances (
            row INTEGER PRIMARY KEY,
            lease INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            body BLOB NOT NULL);

        """;

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

    // Version 4 has the tables of version 3. It has active checks in the bodies, and a program that does not know them would take
    // checked instances for silent ones and remove them, so it must not open the file.

    /// <summary>What version 4 does not have: numbers for rows.</summary>
    public const string From4 = """
        ALTER TABLE leases RENAME TO leases_4;
        ALTER TABLE instances RENAME TO instances_4;

        """ + Numbered + """
        INSERT INTO leases(id, ttl_ms, owner, revision) SELECT id, ttl_ms, owner, revision FROM leases_4 ORDER BY revision;
        INSERT INTO instances(lease, revision, body) SELECT lease, revision, body FROM instances_4 ORDER BY revision;
        DROP TABLE leases_4;
        DROP TABLE instances_4;
        """;

    /// <summary>What version 5 does not have: the leases of those who left.</summary>
    public const string From5 = "ALTER TABLE removals ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;";
}
