using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.Core;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;
using Muster.Registry.Store;
using Muster.Testing;

namespace Muster.Registry.Tests.Bounds;

/// <summary>Backup and restore: how much, and how long a peer may stop in the middle.</summary>
public sealed class BackupLimitTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("muster-backup-limits-").FullName;
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Replace_MoreBytesThanAllowed_IsRefusedWithTheBound()
    {
        await using var store = SqliteStore.Open(_directory, "s", NullLogger.Instance, TimeProvider.System);
        Assert.Equal(Limits.BackupBytesMax, store.BackupBytesMax);
        store.BackupBytesMax = 1000;

        var error = await Assert.ThrowsAsync<BackupRefusedException>(
            () => store.ReplaceAsync(PartsAsync(), "t", CancellationToken.None));

        Assert.Equal("has more than 1000 bytes, which is the most that is allowed", error.Message);
        Assert.Single(Directory.GetFiles(_directory, "*.db*"), f => f.EndsWith(".db", StringComparison.Ordinal));

        static async IAsyncEnumerable<ReadOnlyMemory<byte>> PartsAsync()
        {
            await Task.CompletedTask;
            yield return new byte[1000];
            yield return new byte[1];
        }
    }

    [Fact]
    public async Task Backup_OfMuch_ComesInPartsOfTheirBound()
    {
        await using var registry = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);
        await using var call = registry.Client.ServerStreaming(RegistryMethods.Backup, new BackupRequest());
        var first = (await call.ReadAsync())!;
        var sizes = new List<int> { first.Data.Length };
        await foreach (var part in call.ReadAllAsync())
        {
            sizes.Add(part.Data.Length);
        }

        Assert.All(sizes, size => Assert.InRange(size, 1, Limits.BackupPartBytes));
        Assert.Equal((long)first.BytesTotal, sizes.Sum());
    }

    [Fact]
    public async Task Restore_StopsInTheMiddle_IsEndedSoThatOthersGetTheirTurn()
    {
        await using var registry = await InProcessRegistry.StartAsync(_time, dataDirectory: _directory);
        await registry.Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        var armed = _time.TimerArmedAsync(due => due == Limits.BackupSilenceMax);
        await using var stalled = registry.Client.Streaming(RegistryMethods.Restore);
        await stalled.WriteAsync(new RestoreRequest { Data = ByteString.CopyFrom(new byte[100]) });
        await armed;
        await using var early = registry.Client.ServerStreaming(RegistryMethods.Backup, new BackupRequest());
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => early.ReadAsync().AsTask())).Code);

        _time.Advance(Limits.BackupSilenceMax);

        var error = await Assert.ThrowsAsync<RpcException>(() => stalled.ReadAsync().AsTask());
        Assert.Equal(StatusCode.DeadlineExceeded, error.Code);
        Assert.StartsWith("no part of the backup was sent for 30 s", error.Status.Detail, StringComparison.Ordinal);
        await using var next = registry.Client.ServerStreaming(RegistryMethods.Backup, new BackupRequest());
        Assert.NotNull(await next.ReadAsync());
    }
}
