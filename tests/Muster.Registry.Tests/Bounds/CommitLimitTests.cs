using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Registry.Store;
using Muster.Testing;
using V1 = Muster.Protocol.V1;

namespace Muster.Registry.Tests.Bounds;

/// <summary>How much goes in one piece: to the store, to a watcher, and of what is remembered.</summary>
public sealed class CommitLimitTests : IAsyncDisposable
{
    private static readonly ServiceKey s_service = ServiceKey.Of("", "calculator");
    private static readonly LeaseId s_lease = new(7);
    private readonly ManualTimeProvider _time = new();
    private readonly MeasuredStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Expiry_OfALeaseWithMoreThanACommitTakes_IsCutAndIsInTime()
    {
        await FillAsync(Limits.CommitChangesMax + 10);
        await using var registry = await LimitedRegistry.StartAsync(time: _time, store: _store);
        await using var watch = new WatchReader(registry.Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        _store.LargestBatch = 0;

        _time.Advance(Limits.TtlDefault + Limits.ExpiryLagMax);

        for (var left = 0; left < Limits.CommitChangesMax + 10; left++)
        {
            await watch.ReadUntilAsync(V1.WatchResponse.EventOneofCase.Removed);
        }

        Assert.Equal(Limits.CommitChangesMax, _store.LargestBatch);
    }

    [Fact]
    public async Task Snapshot_OfMoreThanAPartTakes_IsCut()
    {
        await FillAsync(Limits.SnapshotPartInstancesMax + 1);
        await using var registry = await LimitedRegistry.StartAsync(time: _time, store: _store);
        await using var watch = new WatchReader(registry.Client);
        await watch.SubscribeAsync("calculator");

        var first = (await watch.ReadUntilAsync(V1.WatchResponse.EventOneofCase.Snapshot)).Snapshot;
        var last = (await watch.ReadUntilAsync(V1.WatchResponse.EventOneofCase.Snapshot)).Snapshot;

        Assert.Equal((Limits.SnapshotPartInstancesMax, false), (first.Instances.Count, first.Last));
        Assert.Equal((1, true), (last.Instances.Count, last.Last));
    }

    [Theory]
    [InlineData(0, V1.WatchResponse.EventOneofCase.Upserted)]
    [InlineData(1, V1.WatchResponse.EventOneofCase.Snapshot)]
    public async Task Resume_AfterMoreEventsThanAreKept_BeginsWithASnapshot(int over, V1.WatchResponse.EventOneofCase first)
    {
        // Of one service, whose watcher would otherwise have as many to read.
        await FillAsync(1);
        await using var registry = await LimitedRegistry.StartAsync(time: _time, store: _store);
        var token = (await registry.Client.UnaryAsync(
            RegistryMethods.ListInstances, new V1.ListInstancesRequest { Service = "calculator" })).Token;
        await _store.CommitAsync([Put("seen", 9)], default);
        var left = Limits.EventRingLength - 1 + over;
        for (var i = 0; left > 0; i++)
        {
            var count = Math.Min(left, Limits.CommitChangesMax);
            await _store.CommitAsync([.. Enumerable.Range(0, count).Select(n => Put($"o{i}-{n}", 1 + (i * 2000) + n, "other"))], default);
            left -= count;
        }

        await registry.Client.UnaryAsync(RegistryMethods.ListServices,
            new V1.ListServicesRequest { MinRevision = (await _store.LoadAsync(default)).Revision.Value });
        await using var watch = new WatchReader(registry.Client);
        await watch.SubscribeAsync("calculator", token);

        // Liveness has a lane of its own, and may come first.
        V1.WatchResponse.EventOneofCase kind;
        do
        {
            kind = (await watch.ReadAsync()).EventCase;
        }
        while (kind == V1.WatchResponse.EventOneofCase.Soft);
        Assert.Equal(first, kind);
    }

    [Fact]
    public void History_OfMoreThanIsRemembered_ForgetsTheOldest()
    {
        var history = new RemovalHistory();
        for (var i = 0; i <= Limits.RemovalsMax; i++)
        {
            var key = new InstanceKey(ServiceKey.Of("", $"s{i / 100}"), $"i{i}");
            history.Add(new RemovalRecord(key, "10.0.0.1:80", new Removal(RemovalReason.Expired, "", default), new Revision((ulong)i + 1)));
        }

        Assert.Equal(Limits.RemovalsMax, history.Count);
    }

    [Fact]
    public void Drain_MoreLaggardsThanAreNamed_AreCounted()
    {
        var laggards = Enumerable.Range(0, Limits.DrainWatchersNamedMax + 5)
            .Select(i => new Core.Fanout.DrainLaggard($"w{i}", Core.Fanout.DrainSilence.Silent)).ToImmutableArray();

        var wire = new Core.Fanout.DrainOutcome(0, laggards).ToWire();

        Assert.Equal((Limits.DrainWatchersNamedMax, laggards.Length), (wire.Laggards.Count, wire.LaggardsCount));
    }

    private static ConditionalChange Put(string id, int port, string service = "calculator") => new(
        new RecordChange.InstancePut(new InstanceRecord
        {
            Key = new InstanceKey(ServiceKey.Of("", service), id),
            Host = "10.0.0.1",
            Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, port)],
            Lease = s_lease,
        }),
        null);

    private async Task FillAsync(int instances)
    {
        await _store.CommitAsync([new(new RecordChange.LeasePut(new LeaseRecord(s_lease, Limits.TtlDefault, "n")), null)], default);
        foreach (var part in Enumerable.Range(1, instances).Chunk(Limits.CommitChangesMax))
        {
            await _store.CommitAsync([.. part.Select(i => Put($"i{i}", i))], default);
        }
    }

    /// <summary>A store that notes how large a batch it was given.</summary>
    private sealed class MeasuredStore : ICatalogStore
    {
        private readonly MemoryStore _inner = new("measured");

        public int LargestBatch { get; set; }

        public Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken) => _inner.LoadAsync(cancellationToken);

        public Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync(Revision upTo, CancellationToken cancellationToken) =>
            _inner.LoadRemovalsAsync(upTo, cancellationToken);

        public Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
        {
            LargestBatch = Math.Max(LargestBatch, batch.Count);
            return _inner.CommitAsync(batch, cancellationToken);
        }

        public IAsyncEnumerable<StoreCommit> ChangesAsync(Revision after, CancellationToken cancellationToken) =>
            _inner.ChangesAsync(after, cancellationToken);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
