using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Registry.Store;

namespace Muster.Registry.Tests.Store;

/// <summary>What every <see cref="ICatalogStore"/> promises.</summary>
public abstract class CatalogStoreConformance : IAsyncLifetime
{
    private static readonly ServiceKey Service = ServiceKey.Default("calculator");
    private ICatalogStore? _store;

    protected ICatalogStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _store = await CreateAsync();
        await CommitAsync(PutLease(1));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Store.DisposeAsync();
        Cleanup();
    }

    protected abstract Task<ICatalogStore> CreateAsync();

    protected virtual void Cleanup()
    {
    }

    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        _store = await CreateAsync();
    }

    [Fact]
    public async Task Commit_Batch_SharesOneRevision()
    {
        var result = await CommitAsync(Put("a", 80), Put("b", 81));

        Assert.True(result.AllCommitted);
        Assert.All((await Store.LoadAsync(default)).Services[Service].Instances.Values, i => Assert.Equal(result.Revision, i.Revision));
    }

    [Fact]
    public async Task Commit_ExpectationNotMet_SparesTheOthers()
    {
        await CommitAsync(Put("a", 80));

        var result = await CommitAsync(Put("x", 80), Put("b", 81));

        Assert.Equal([false, true], result.Committed);
        Assert.Equal(["a", "b"], (await Store.LoadAsync(default)).Services[Service].Instances.Keys.Order());
    }

    [Fact]
    public async Task Commit_ConflictWithinTheBatch_TheFirstWins()
    {
        var result = await CommitAsync(Put("a", 80), Put("b", 80));

        Assert.Equal([true, false], result.Committed);
    }

    [Fact]
    public async Task Commit_NothingMade_LeavesTheRevision()
    {
        var before = (await CommitAsync(Put("a", 80))).Revision;

        var result = await CommitAsync(Put("b", 80));

        Assert.Equal(before, result.Revision);
    }

    [Fact]
    public async Task Commit_ExpectedRevision_IsTheRecordsOwn()
    {
        var first = await CommitAsync(Put("a", 80));
        await CommitAsync(Put("b", 81));

        Assert.True((await CommitAsync(Put("a", 80, first.Revision))).AllCommitted);
        Assert.False((await CommitAsync(Put("a", 80, first.Revision))).AllCommitted);
    }

    [Fact]
    public async Task Commit_IdAtTwoAddresses_IsRefusedWhateverIsExpected()
    {
        await CommitAsync(Put("a", 80));

        var result = await Store.CommitAsync([new(new RecordChange.InstancePut(Instance("a", 81)), null)], default);

        Assert.False(result.AllCommitted);
    }

    [Fact]
    public async Task Commit_RemoveOfAnotherIdAtTheAddress_IsRefused()
    {
        await CommitAsync(Put("a", 80));

        var result = await CommitAsync(Remove("b", 80));

        Assert.False(result.AllCommitted);
    }

    [Fact]
    public async Task Commit_LeaseThatMustNotExist_IsWrittenOnce()
    {
        Assert.True((await CommitAsync(PutLease(5))).AllCommitted);
        Assert.False((await CommitAsync(PutLease(5))).AllCommitted);
    }

    [Fact]
    public async Task Commit_InstanceWithoutItsLease_IsRefused()
    {
        var orphan = new RecordChange.InstancePut(Instance("a", 80) with { Lease = new LeaseId(77) });

        Assert.False((await CommitAsync(new ConditionalChange(orphan, null))).AllCommitted);
    }

    [Fact]
    public async Task Commit_RemoveALeaseThatHoldsAnInstance_IsRefusedUntilItHoldsNone()
    {
        var removeLease = new ConditionalChange(new RecordChange.LeaseRemoved(new LeaseId(1)), null);
        await CommitAsync(Put("a", 80));

        Assert.False((await CommitAsync(removeLease)).AllCommitted);
        Assert.True((await CommitAsync(Remove("a", 80), removeLease)).AllCommitted);
    }

    [Fact]
    public async Task Commit_InstanceMovesToAnotherLease_TheFormerLeaseHoldsItNoMore()
    {
        await CommitAsync(Put("a", 80), PutLease(2));
        var moved = new RecordChange.InstancePut(Instance("b", 80) with { Lease = new LeaseId(2) });
        Assert.True((await CommitAsync(new ConditionalChange(moved, null))).AllCommitted);

        Assert.True((await CommitAsync(new ConditionalChange(new RecordChange.LeaseRemoved(new LeaseId(1)), null))).AllCommitted);
        Assert.False((await CommitAsync(new ConditionalChange(new RecordChange.LeaseRemoved(new LeaseId(2)), null))).AllCommitted);
    }

    [Fact]
    public async Task Commit_ForgetAServiceWithInstances_IsRefused()
    {
        await CommitAsync(Put("a", 80));
        var forget = new ConditionalChange(new RecordChange.ServiceForgotten(Service), null);

        Assert.False((await CommitAsync(forget)).AllCommitted);
        await CommitAsync(Remove("a", 80));
        Assert.Contains(Service, (await Store.LoadAsync(default)).Services.Keys);
        Assert.True((await CommitAsync(forget)).AllCommitted);
        Assert.DoesNotContain(Service, (await Store.LoadAsync(default)).Services.Keys);
    }

    [Fact]
    public async Task LoadRemovals_AfterARemoval_HaveReasonEvidenceTimeAddressAndRevision()
    {
        await CommitAsync(Put("a", 80));
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
        var removal = new Removal(RemovalReason.ConnectionLost, "it was seen to break", at);
        var result = await CommitAsync(new ConditionalChange(
            new RecordChange.InstanceRemoved(Instance("a", 80).AddressKey, "a", removal), null));

        var kept = Assert.Single(await LoadRemovalsAsync());

        Assert.Equal(new RemovalRecord(new InstanceKey(Service, "a"), "10.0.0.1:80", removal, result.Revision), kept);
    }

    [Fact]
    public async Task LoadRemovals_UpToARevision_LeaveOutWhatCameLater()
    {
        await CommitAsync(Put("a", 80), Put("b", 81));
        var first = await CommitAsync(Remove("a", 80));
        await CommitAsync(Remove("b", 81));

        Assert.Equal("a", Assert.Single(await Store.LoadRemovalsAsync(first.Revision, default)).Instance.Id);
    }

    [Fact]
    public async Task LoadRemovals_SupersededInstance_IsAmongThemWithTheGivenReason()
    {
        var first = await CommitAsync(Put("old", 80));
        var why = new Removal(RemovalReason.Superseded, "'new' registered", DateTimeOffset.FromUnixTimeMilliseconds(5));
        var put = new RecordChange.InstancePut(Instance("new", 80), why);
        Assert.True((await CommitAsync(new ConditionalChange(put, first.Revision))).AllCommitted);

        var kept = Assert.Single(await LoadRemovalsAsync());

        Assert.Equal(("old", why), (kept.Instance.Id, kept.Removal));
        Assert.Equal(["new"], (await Store.LoadAsync(default)).Services[Service].Instances.Keys);
    }

    [Fact]
    public async Task LoadRemovals_RefusedChanges_LeaveNone()
    {
        await CommitAsync(Put("a", 80));

        await CommitAsync(Remove("b", 80), Put("c", 80));

        Assert.Empty(await LoadRemovalsAsync());
    }

    [Fact]
    public async Task LoadRemovals_ManyOfOneService_KeepItsNewestAndSpareTheOthers()
    {
        var echo = Instance("quiet", 90) with { Key = new InstanceKey(ServiceKey.Default("echo"), "quiet") };
        await CommitAsync(new ConditionalChange(new RecordChange.InstancePut(echo), null));
        await CommitAsync(new ConditionalChange(new RecordChange.InstanceRemoved(
            echo.AddressKey, "quiet", new Removal(RemovalReason.Operator, "test", default)), null));
        const int Rounds = Limits.RemovalsPerServiceMax + Limits.RemovalsPerServiceMax / 5;
        await Task.WhenAll(Enumerable.Range(0, Rounds).Select(i => CommitAsync(Put($"i{i}", 1000 + i), Remove($"i{i}", 1000 + i))));

        var kept = await LoadRemovalsAsync();

        Assert.Equal(Limits.RemovalsPerServiceMax, kept.Count(r => r.Instance.Service == Service));
        Assert.Contains(kept, r => r.Instance.Id == "quiet");
        Assert.Equal(kept.OrderBy(r => r.Revision), kept);
    }

    [Fact]
    public async Task Commit_Hold_IsLoadedAndDecidesTheIntentOfWhateverIsPut()
    {
        var hold = new Hold(new InstanceKey(Service, "a"), Intent.Out, "ann", DateTimeOffset.FromUnixTimeMilliseconds(7));
        await CommitAsync(new ConditionalChange(new RecordChange.HoldPut(hold), null));
        await CommitAsync(Put("a", 80), Put("b", 81));

        var loaded = await Store.LoadAsync(default);

        Assert.Equal(hold, Assert.Single(loaded.Holds.Values));
        Assert.Equal(Intent.Out, loaded.Find(hold.Instance)!.Intent);
        Assert.Equal(Intent.Serving, loaded.Find(new InstanceKey(Service, "b"))!.Intent);
    }

    [Fact]
    public async Task Commit_HoldsOverTheBound_AreRefusedUntilOneIsReleased()
    {
        ConditionalChange[] Holds(int from, int count) => [.. Enumerable.Range(from, count).Select(i => new ConditionalChange(
            new RecordChange.HoldPut(new Hold(new InstanceKey(Service, $"i{i}"), Intent.Out, "ann", default)), null))];
        for (var i = 0; i < Limits.HoldsMax; i += 1000)
        {
            Assert.True((await CommitAsync(Holds(i, 1000))).AllCommitted);
        }

        Assert.False((await CommitAsync(Holds(Limits.HoldsMax, 1))).AllCommitted);
        Assert.True((await CommitAsync(Holds(5, 1))).AllCommitted);
        Assert.True((await CommitAsync(new ConditionalChange(new RecordChange.HoldReleased(new InstanceKey(Service, "i5")), null))).AllCommitted);
        Assert.True((await CommitAsync(Holds(Limits.HoldsMax, 1))).AllCommitted);
    }

    [Fact]
    public async Task Commit_HoldReleased_IsMadeOnce()
    {
        var key = new InstanceKey(Service, "a");
        var release = new ConditionalChange(new RecordChange.HoldReleased(key), null);
        await CommitAsync(new ConditionalChange(new RecordChange.HoldPut(new Hold(key, Intent.Draining, "ann", default)), null));

        Assert.True((await CommitAsync(release)).AllCommitted);
        Assert.False((await CommitAsync(release)).AllCommitted);
        Assert.Empty((await Store.LoadAsync(default)).Holds.Values);
    }

    [Fact]
    public async Task Changes_AfterALoad_MissNothingAndRepeatNothing()
    {
        await CommitAsync(Put("a", 80));
        var loaded = await Store.LoadAsync(default);
        var expected = new List<Revision>();
        for (var i = 0; i < 20; i++)
        {
            expected.Add((await CommitAsync(Put($"i{i}", 100 + i))).Revision);
        }

        var seen = new List<Revision>();
        await foreach (var commit in Store.ChangesAsync(loaded.Revision, default))
        {
            seen.Add(commit.Revision);
            if (seen.Count == 10)
            {
                // Half way through, more arrive while the follower reads.
                for (var i = 20; i < 30; i++)
                {
                    expected.Add((await CommitAsync(Put($"i{i}", 100 + i))).Revision);
                }
            }

            if (seen.Count == 30)
            {
                break;
            }
        }

        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task Commit_FromManyAtOnce_OrdersThemAllOnce()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => CommitAsync(Put($"i{i}", 1000 + i)))));

        Assert.All(results, r => Assert.True(r.AllCommitted));
        Assert.Equal(200, (await Store.LoadAsync(default)).Services[Service].Instances.Count);
    }

    private static InstanceRecord Instance(string id, int port) => new()
    {
        Key = new InstanceKey(Service, id),
        Host = "10.0.0.1",
        Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, port)],
        Lease = new LeaseId(1),
    };

    private static ConditionalChange Put(string id, int port, Revision? expected = null) =>
        new(new RecordChange.InstancePut(Instance(id, port)), expected ?? Revision.None);

    private static ConditionalChange PutLease(ulong id) => new(
        new RecordChange.LeasePut(new LeaseRecord(new LeaseId(id), TimeSpan.FromSeconds(10), "node-1")), Revision.None);

    private static ConditionalChange Remove(string id, int port) => new(
        new RecordChange.InstanceRemoved(Instance(id, port).AddressKey, id, new Removal(RemovalReason.Deregistered, "test", default)), null);

    private async Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync() =>
        await Store.LoadRemovalsAsync((await Store.LoadAsync(default)).Revision, default);

    private Task<CommitResult> CommitAsync(params ConditionalChange[] batch) => Store.CommitAsync(batch, default);
}
