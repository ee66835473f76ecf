namespace Muster.Registry.Store;

/// <summary>The tables of a store file, version 2, and how version 1 becomes it.</summary>
internal static class SqliteSchema
{
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
}
