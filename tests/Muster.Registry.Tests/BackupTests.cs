using Google.Protobuf;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Testing;

namespace Muster.Registry.Tests;

/// <summary>Backup and Restore through the API of a registry that runs.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("muster-backup-").FullName;
    private readonly ManualTimeProvider _time = new();
    private InProcessRegistry? _registry;

    private GrpcClient Client => _registry!.Client;

    public async ValueTask InitializeAsync() => _registry = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);

    public async ValueTask DisposeAsync()
    {
        await _registry!.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Restore_ReplacesRecordsStoreIdAndHistory_AndRevisionsGoOn()
    {
        await RegisterAsync("a");
        var removed = await RegisterAsync("early");
        await DeregisterAsync("early", removed.LeaseId);
        var backup = await BackupAsync();
        var late = await RegisterAsync("b");
        await DeregisterAsync("a", (await RegisterAsync("c")).LeaseId, expected: StatusCode.FailedPrecondition);

        var restored = await RestoreAsync(backup.Bytes);

        var list = await ListAsync();
        Assert.Equal(["a"], list.Instances.Select(i => i.Instance.Id));
        Assert.Equal((1, 1), (restored.Services, restored.Instances));
        Assert.Equal(restored.Token, list.Token);
        Assert.NotEqual(late.StoreId, list.Token.StoreId);
        Assert.Equal(late.StoreId, backup.First.Token.StoreId);
        Assert.True(list.Token.Revision > late.Revision);
        var history = await Client.UnaryAsync(RegistryMethods.ListRemovals, new ListRemovalsRequest());
        Assert.Equal(["early"], history.Removals.Select(r => r.InstanceId));
        Assert.True((await RegisterAsync("d")).Revision > list.Token.Revision);
    }

    [Fact]
    public async Task Restore_Restart_KeepsTheRestoredRecordsUnderTheNewId()
    {
        await RegisterAsync("a");
        var backup = await BackupAsync();
        await RegisterAsync("b");
        var restored = await RestoreAsync(backup.Bytes);

        await _registry!.DisposeAsync();
        _registry = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);

        var list = await ListAsync();
        Assert.Equal(["a"], list.Instances.Select(i => i.Instance.Id));
        Assert.Equal(restored.Token, list.Token);
    }

    [Fact]
    public async Task Restore_Watcher_GetsASnapshotUnderTheNewIdAndAnOldTokenGetsOneToo()
    {
        await RegisterAsync("a");
        var backup = await BackupAsync();
        await RegisterAsync("b");
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        var before = await watch.ReadProgressAsync();

        var restored = await RestoreAsync(backup.Bytes);

        var snapshot = await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot);
        Assert.Equal("a", Assert.Single(snapshot.Snapshot.Instances).Id);
        Assert.Equal(restored.Token, await watch.ReadProgressAsync());
        await RegisterAsync("c");
        Assert.Equal("c", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted)).Upserted.Id);
        await using var resumed = new WatchReader(Client);
        await resumed.SubscribeAsync("calculator", before);
        Assert.Equal(WatchResponse.EventOneofCase.Snapshot, (await resumed.ReadAsync()).EventCase);
    }

    [Fact]
    public async Task Restore_Leases_GetOneFullTtlAndThoseThatAreGoneEnd()
    {
        var kept = await RegisterAsync("a");
        var backup = await BackupAsync();
        var gone = await RegisterAsync("b");
        _time.Advance(TimeSpan.FromSeconds(9));
        await Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = gone.LeaseId });

        await RestoreAsync(backup.Bytes);

        var error = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = gone.LeaseId }));
        Assert.Equal(StatusCode.NotFound, error.Code);
        _time.Advance(TimeSpan.FromSeconds(9));
        await Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = kept.LeaseId });
        Assert.Equal(Liveness.Alive, Assert.Single((await ListAsync()).Instances).Soft.Liveness);
    }

    [Fact]
    public async Task Restore_LeaseThatNobodyRenews_EndsOneTtlLater()
    {
        await RegisterAsync("a");
        var backup = await BackupAsync();
        await RestoreAsync(backup.Bytes);
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();

        _time.Advance(TimeSpan.FromSeconds(10.1));

        Assert.Equal("a", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed.InstanceId);
    }

    [Fact]
    public async Task Restore_Session_EndsAndStartsOverSoThatWhatItTookBackLeaves()
    {
        await using var session = Client.Streaming(RegistryMethods.Session);
        var opened = await OpenAsync(session, 0);
        await AskAsync(session, new SessionRequest { Register = new RegisterRequest { Instance = Instance("a") } });
        await AskAsync(session, new SessionRequest { Register = new RegisterRequest { Instance = Instance("back") } });
        var backup = await BackupAsync();
        await AskAsync(session, new SessionRequest { Deregister = new DeregisterRequest { Service = "calculator", InstanceId = "back" } });

        var restored = await RestoreAsync(backup.Bytes);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await session.ReadAsync());
        Assert.Equal(StatusCode.Unavailable, error.Code);
        Assert.StartsWith("the registry was restored from a backup", error.Status.Detail, StringComparison.Ordinal);
        await using var again = Client.Streaming(RegistryMethods.Session);
        var reopened = await OpenAsync(again, opened.LeaseId);
        Assert.Equal((false, restored.Token.StoreId), (reopened.Resumed, reopened.StoreId));
        await AskAsync(again, new SessionRequest { Register = new RegisterRequest { Instance = Instance("a") } });
        Assert.Equal(["a", "back"], (await ListAsync()).Instances.Select(i => i.Instance.Id));

        _time.Advance(TimeSpan.FromSeconds(6));
        await AskAsync(again, new SessionRequest { Renew = new Renew() });
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        _time.Advance(TimeSpan.FromSeconds(4.1));

        Assert.Equal("back", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed.InstanceId);
        var left = Assert.Single((await ListAsync()).Instances);
        Assert.Equal(("a", Liveness.Alive), (left.Instance.Id, left.Soft.Liveness));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Restore_DamagedBackup_IsRefusedOrSoundAndNeverHalf(int seed)
    {
        for (var i = 0; i < 20; i++)
        {
            await RegisterAsync($"i{i}");
        }

        var backup = await BackupAsync();
        await RegisterAsync("later");
        var before = await ListAsync();
        var random = new Random(seed);
        for (var i = 0; i < 15; i++)
        {
            var damaged = backup.Bytes.ToArray();
            damaged[random.Next(damaged.Length)] ^= 0xFF;
            var cut = random.Next(3) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
            try
            {
                await RestoreAsync(cut);
                Assert.Equal(20, (await ListAsync()).Instances.Count);
                await RegisterAsync("later");
                before = await ListAsync();
            }
            catch (RpcException e)
            {
                Assert.Equal(StatusCode.InvalidArgument, e.Code);
                Assert.StartsWith("the backup ", e.Status.Detail, StringComparison.Ordinal);
                Assert.EndsWith("; nothing was changed.", e.Status.Detail, StringComparison.Ordinal);
                Assert.Equal(before, await ListAsync());
            }
        }
    }

    [Fact]
    public async Task Backup_LeavesNothingBehindInTheDirectory()
    {
        await RegisterAsync("a");
        await RestoreAsync((await BackupAsync()).Bytes);

        Assert.Equal(["lock", "muster.db", "muster.db-shm", "muster.db-wal", "pid"], Directory.EnumerateFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task BackupAndRestore_MemoryStore_AreRefusedWithWhatIsNeeded()
    {
        await using var inMemory = await InProcessRegistry.StartAsync(_time);
        await using var backup = inMemory.Client.ServerStreaming(RegistryMethods.Backup, new BackupRequest());
        var error = await Assert.ThrowsAsync<RpcException>(async () => await backup.ReadAsync());
        Assert.Equal(StatusCode.FailedPrecondition, error.Code);
        Assert.Contains("--data", error.Status.Detail, StringComparison.Ordinal);

        await using var restore = inMemory.Client.Streaming(RegistryMethods.Restore);
        error = await Assert.ThrowsAsync<RpcException>(async () => await restore.ReadAsync());
        Assert.Equal(StatusCode.FailedPrecondition, error.Code);
    }

    private async Task<(BackupResponse First, byte[] Bytes)> BackupAsync()
    {
        await using var call = Client.ServerStreaming(RegistryMethods.Backup, new BackupRequest());
        var bytes = new MemoryStream();
        BackupResponse? first = null;
        await foreach (var part in call.ReadAllAsync())
        {
            first ??= part;
            part.Data.WriteTo(bytes);
        }

        Assert.Equal(first!.BytesTotal, (ulong)bytes.Length);
        return (first, bytes.ToArray());
    }

    private async Task<RestoreResponse> RestoreAsync(byte[] bytes)
    {
        await using var call = Client.Streaming(RegistryMethods.Restore);
        foreach (var part in bytes.Chunk(10_000).DefaultIfEmpty([]))
        {
            await call.WriteAsync(new RestoreRequest { Data = ByteString.CopyFrom(part), Operator = "ann" });
        }

        await call.CompleteWritesAsync();
        return (await call.ReadAsync())!;
    }

    private static async Task<Opened> OpenAsync(StreamingCall<SessionRequest, SessionResponse> session, ulong lease)
    {
        await session.WriteAsync(new SessionRequest { Open = new Open { LeaseId = lease } });
        return (await session.ReadAsync())!.Opened;
    }

    private static async Task AskAsync(StreamingCall<SessionRequest, SessionResponse> session, SessionRequest request)
    {
        request.RequestId = 7;
        await session.WriteAsync(request);
        var answer = (await session.ReadAsync())!;
        Assert.True(answer.RequestId == 7 && answer.Fault is null, $"{answer}");
    }

    private Task<RegisterResponse> RegisterAsync(string id) =>
        Client.UnaryAsync(RegistryMethods.Register, new RegisterRequest { Instance = Instance(id) });

    private async Task DeregisterAsync(string id, ulong lease, StatusCode expected = StatusCode.OK)
    {
        var request = new DeregisterRequest { Service = "calculator", InstanceId = id, LeaseId = lease };
        if (expected == StatusCode.OK)
        {
            await Client.UnaryAsync(RegistryMethods.Deregister, request);
            return;
        }

        Assert.Equal(expected, (await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(RegistryMethods.Deregister, request))).Code);
    }

    private Task<ListInstancesResponse> ListAsync() =>
        Client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = "calculator" });

    private static Instance Instance(string id) => new()
    {
        Service = "calculator",
        Id = id,
        Host = $"{id}.example",
        Endpoints = { new Endpoint { Scheme = "http", Protocol = Protocol.V1.Protocol.Http2, Port = 80 } },
    };
}
