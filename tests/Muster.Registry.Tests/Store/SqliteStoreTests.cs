using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Registry.Tests.Store;

public sealed class SqliteStoreTests : CatalogStoreConformance
{
    private static readonly ServiceKey Service = ServiceKey.Default("calculator");
    private readonly string _directory = Directory.CreateTempSubdirectory("muster-store-").FullName;

    private string FilePath => Path.Combine(_directory, "muster.db");

    protected override Task<ICatalogStore> CreateAsync() => Task.FromResult<ICatalogStore>(Open());

    protected override void Cleanup() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Open_AgainAfterClose_HasEverythingThatWasAcknowledged()
    {
        var instance = Instance("a", 80);
        var lease = new LeaseRecord(new LeaseId(ulong.MaxValue), TimeSpan.FromSeconds(7), "node-1");
        await Store.CommitAsync([new(new RecordChange.LeasePut(lease), Revision.None), new(new RecordChange.InstancePut(instance), Revision.None)], default);
        await Store.CommitAsync([new(new RecordChange.InstancePut(Instance("b", 81)), Revision.None)], default);
        var last = await Store.CommitAsync([new(new RecordChange.InstanceRemoved(
            Instance("b", 81).AddressKey, "b", new Removal(RemovalReason.Deregistered, "test", default)), null)], default);
        var storeId = (await Store.LoadAsync(default)).StoreId;
        await ReopenAsync();

        var contents = await Store.LoadAsync(default);

        Assert.Equal(storeId, contents.StoreId);
        Assert.Equal(last.Revision, contents.Revision);
        var found = Assert.Single(contents.Services[Service].Instances.Values);
        Assert.True(found.SameContentAs(instance));
        Assert.Equal(lease.Ttl, contents.Leases[lease.Id].Lease.Ttl);
    }

    [Fact]
    public async Task Open_WhileAnotherHoldsTheDirectory_SaysSoAndNamesIt()
    {
        var error = Assert.Throws<StoreUnavailableException>(Open);

        Assert.Contains(_directory, error.Message, StringComparison.Ordinal);
        Assert.Contains($"used by another registry, process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        await Store.CommitAsync([new(new RecordChange.InstancePut(Instance("a", 80)), Revision.None)], default);
    }

    [Fact]
    public async Task Open_FileOfAnotherProgram_IsRefusedAndUntouched()
    {
        await Store.DisposeAsync();
        File.Delete(FilePath);
        using (var foreign = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            foreign.Open();
            using var create = foreign.CreateCommand();
            create.CommandText = "CREATE TABLE theirs (x)";
            create.ExecuteNonQuery();
        }

        var before = await File.ReadAllBytesAsync(FilePath);
        var error = Assert.Throws<StoreUnavailableException>(Open);

        Assert.Contains("not one of Muster's", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(FilePath));
    }

    [Fact]
    public async Task Open_FileThatIsNoDatabase_IsRefusedAndUntouched()
    {
        await Store.DisposeAsync();
        await File.WriteAllTextAsync(FilePath, "these are not the bytes you are looking for, and there are enough of them to fill a header page of a file");

        var error = Assert.Throws<StoreUnavailableException>(Open);

        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("these are not", await File.ReadAllTextAsync(FilePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NewerSchema_IsRefusedByVersion()
    {
        await Store.DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version=99";
            command.ExecuteNonQuery();
        }

        Assert.Contains("schema version 99", Assert.Throws<StoreUnavailableException>(Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Open_FileOfAnOlderVersion_IsBroughtUpToDateWithAllItHolds(int version)
    {
        await Store.CommitAsync([new(new RecordChange.InstancePut(Instance("a", 80)), null), new(new RecordChange.InstancePut(Instance("b", 81)), null)], default);
        await Store.CommitAsync([new(new RecordChange.InstanceRemoved(
            Instance("b", 81).AddressKey, "b", new Removal(RemovalReason.Expired, "silent", default)), null)], default);
        await Store.DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = Downgrade(version);
            command.ExecuteNonQuery();
        }

        await ReopenAsync();

        var loaded = await Store.LoadAsync(default);
        Assert.Equal("a", Assert.Single(loaded.Services[Service].Instances.Values).Key.Id);
        Assert.Equal("silent", Assert.Single(await Store.LoadRemovalsAsync(loaded.Revision, default)).Removal.Evidence);
        var hold = new Hold(new InstanceKey(Service, "a"), Intent.Out, "ann", default);
        Assert.True((await Store.CommitAsync([new(new RecordChange.HoldPut(hold), null)], default)).AllCommitted);
    }

    [Fact]
    public async Task Open_AgainAfterClose_HasRemovalsAndHolds()
    {
        var hold = new Hold(new InstanceKey(Service, "b"), Intent.Draining, "ann", DateTimeOffset.FromUnixTimeMilliseconds(3));
        await Store.CommitAsync([new(new RecordChange.InstancePut(Instance("b", 81)), null), new(new RecordChange.HoldPut(hold), null)], default);
        await Store.CommitAsync(
            [new(RecordChange.InstanceRemoved.Of(Instance("b", 81), new Removal(RemovalReason.Operator, "ann asked", default)), null)], default);
        await ReopenAsync();

        var loaded = await Store.LoadAsync(default);

        Assert.Equal(hold, loaded.Holds[hold.Instance]);
        var removal = Assert.Single(await Store.LoadRemovalsAsync(loaded.Revision, default));
        Assert.Equal(("ann asked", new LeaseId(1)), (removal.Removal.Evidence, removal.Lease));
    }

    [Fact]
    public async Task Commit_CallerGaveUpBefore_NeverStarts()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Store.CommitAsync([new(new RecordChange.InstancePut(Instance("a", 80)), Revision.None)], gone.Token));

        await ReopenAsync();
        Assert.Empty((await Store.LoadAsync(default)).Services.Keys);
    }

    // Makes the file what an older program would have written: version 6 has leases in removals, version 5 rows under numbers in place of their keys, version 3 a
    // checksum of four bytes behind each instance, version 2 has holds.
    private static string Downgrade(int version) => $"""
        ALTER TABLE removals DROP COLUMN lease;
        {(version < 5 ? Keyed : "")}
        {(version < 3 ? "UPDATE instances SET body = substr(body, 1, length(body) - 4);" : "")}
        {(version < 2 ? "DROP TABLE holds; DROP INDEX removals_by_service;" : "")}
        PRAGMA user_version={version};
        """;

    private const string Keyed = """
        CREATE TABLE old_leases (id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL, owner TEXT NOT NULL, revision INTEGER NOT NULL);
        INSERT INTO old_leases SELECT id, ttl_ms, owner, revision FROM leases;
        DROP TABLE leases;
        ALTER TABLE old_leases RENAME TO leases;
        CREATE TABLE old_instances (
            namespace TEXT NOT NULL, service TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL, id TEXT NOT NULL,
            lease INTEGER NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (namespace, service, host, port)) WITHOUT ROWID;
        INSERT INTO old_instances SELECT 'default', 'calculator', '10.0.0.1', 80, 'a', lease, revision, body FROM instances;
        DROP TABLE instances;
        ALTER TABLE old_instances RENAME TO instances;
        """;

    private static InstanceRecord Instance(string id, int port) => new()
    {
        Key = new InstanceKey(Service, id),
        Host = "10.0.0.1",
        Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, port)],
        Lease = new LeaseId(1),
        RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000),
    };

    private SqliteStore Open() => SqliteStore.Open(_directory, "store-test", NullLogger.Instance, TimeProvider.System);
}
