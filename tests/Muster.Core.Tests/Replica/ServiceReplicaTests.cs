using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Replica;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Replica;

public class ServiceReplicaTests
{
    private readonly ServiceReplica _replica = new(Service);

    [Fact]
    public void View_BeforeTheFirstAnswer_IsPending() => Assert.Equal(ServiceKnowledge.Pending, _replica.View.Knowledge);

    [Fact]
    public void OnSnapshotPart_WithoutProgress_ShowsNothing()
    {
        _replica.OnSnapshotPart([Instance()], last: true);

        Assert.Equal(ServiceKnowledge.Pending, _replica.View.Knowledge);
        Assert.True(_replica.OnProgress(Token(1), TimeSpan.Zero));
        Assert.Equal("a", Assert.Single(_replica.View.Instances).Id);
    }

    [Fact]
    public void OnSoftStates_InTheMiddleOfABatch_DoesNotShowHalfOfIt()
    {
        Show(Instance("a", 80));
        _replica.OnEvent(new CatalogEvent.Upserted(Instance("b", 81) with { Revision = new Revision(2) }));

        _replica.OnSoftStates([new("a", Soft(Liveness.Timeout, 1))], complete: false);

        Assert.Equal(InstanceStatus.Timeout, Assert.Single(_replica.View.Instances).Status);
        _replica.OnProgress(Token(2), TimeSpan.Zero);
        Assert.Equal(["a", "b"], _replica.View.Instances.Select(i => i.Id));
    }

    [Fact]
    public void OnServiceUnknown_IsNotTheSameAsEmpty()
    {
        Show(Instance());

        _replica.OnServiceUnknown();
        _replica.OnProgress(Token(2), TimeSpan.Zero);
        Assert.Equal(ServiceKnowledge.Unknown, _replica.View.Knowledge);

        _replica.OnSnapshotPart([], last: true);
        _replica.OnProgress(Token(3), TimeSpan.Zero);
        Assert.Equal(ServiceKnowledge.Known, _replica.View.Knowledge);
        Assert.Empty(_replica.View.Instances);
    }

    [Fact]
    public void OnSoftStates_OlderThanKnown_IsDropped()
    {
        Show(Instance());
        _replica.OnSoftStates([new("a", Soft(Liveness.Alive, sequence: 5))], complete: false);

        Assert.False(_replica.OnSoftStates([new("a", Soft(Liveness.Timeout, sequence: 4))], complete: false));
        Assert.Equal(InstanceStatus.Healthy, _replica.View.Instances[0].Status);
    }

    [Fact]
    public void OnSoftStates_AheadOfItsRecord_IsKeptForIt()
    {
        Show(Instance("a", 80));
        _replica.OnSoftStates([new("b", Soft(Liveness.Alive, 1))], complete: false);

        _replica.OnEvent(new CatalogEvent.Upserted(Instance("b", 81) with { Revision = new Revision(2) }));
        _replica.OnProgress(Token(2), TimeSpan.Zero);

        Assert.Equal(InstanceStatus.Healthy, _replica.View.Instances[1].Status);
    }

    [Fact]
    public void OnSoftStates_OfInstancesThatComeAndGo_DoNotPileUp()
    {
        Show(Instance());
        for (var i = 0; i < 10_000; i++)
        {
            _replica.OnSoftStates([new($"gone-{i}", Soft(Liveness.Alive, 1))], complete: false);
        }

        Assert.True(_replica.SoftStatesHeld <= 20, $"{_replica.SoftStatesHeld} states for one instance");
    }

    /// <summary>The watch's promise: applying the catalog's events gives what a snapshot would have shown.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void OnEvent_AnyHistory_ShowsWhatTheCatalogShows(int seed)
    {
        var random = new Random(seed);
        var catalog = EmptyCatalog();
        _replica.OnServiceUnknown();
        _replica.OnProgress(Token(0), TimeSpan.Zero);
        for (ulong revision = 1; revision < 2000; revision++)
        {
            var changes = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => RandomChange(random, catalog)).ToArray();
            foreach (var change in catalog.Apply(Commit(revision, changes)))
            {
                _replica.OnEvent(change);
            }

            _replica.OnProgress(Token(revision), TimeSpan.Zero);
            var expected = catalog.Current.Services.TryGetValue(Service, out var service)
                ? service.Instances.Values.OrderBy(i => i.Key.Id, StringComparer.Ordinal).Select(i => i.Address)
                : null;
            Assert.Equal(expected is null ? ServiceKnowledge.Unknown : ServiceKnowledge.Known, _replica.View.Knowledge);
            Assert.Equal(expected ?? [], _replica.View.Instances.Select(i => i.Record.Address));
        }
    }

    [Fact]
    public void OnRemembered_BeforeTheFirstAnswer_IsShownWithItsAgeAndNoToken()
    {
        Assert.True(_replica.OnRemembered([new InstanceView(Instance(), SoftState.Unknown)], "store", TimeSpan.FromHours(3)));

        Assert.Equal("a", Assert.Single(_replica.View.Instances).Id);
        Assert.Equal((ServiceKnowledge.Known, TimeSpan.FromHours(3)), (_replica.View.Knowledge, _replica.View.DiskAge));
        Assert.Null(_replica.Token);
    }

    [Fact]
    public void OnRemembered_AfterTheFirstAnswer_ChangesNothing()
    {
        _replica.OnServiceUnknown();
        _replica.OnProgress(Token(1), TimeSpan.Zero);

        Assert.False(_replica.OnRemembered([new InstanceView(Instance(), SoftState.Unknown)], "store", TimeSpan.Zero));
        Assert.Equal(ServiceKnowledge.Unknown, _replica.View.Knowledge);
    }

    [Fact]
    public void OnRemembered_EmptyList_TellsNothing()
    {
        Assert.False(_replica.OnRemembered([], "store", TimeSpan.Zero));
        Assert.Equal(ServiceKnowledge.Pending, _replica.View.Knowledge);
    }

    [Fact]
    public void OnRemembered_PartsOfTheAnswerArrive_StaysUntilTheAnswerIsWhole()
    {
        _replica.OnRemembered([new InstanceView(Instance(), SoftState.Unknown)], "store", TimeSpan.Zero);
        _replica.OnSnapshotPart([Instance("b", 81)], last: true);
        Assert.False(_replica.OnSoftStates([new("b", Soft(Liveness.Alive, 1))], complete: true));
        Assert.Equal("a", Assert.Single(_replica.View.Instances).Id);

        _replica.OnProgress(new ResumeToken("store", new Revision(2)), TimeSpan.Zero);

        Assert.Equal("b", Assert.Single(_replica.View.Instances).Id);
        Assert.Null(_replica.View.DiskAge);
        Assert.Null(_replica.GraceEndsAt);
    }

    [Fact]
    public void OnRemembered_AnswerOfAnotherStore_IsCarriedOnForTheGraceTime()
    {
        _replica.OnRemembered([new InstanceView(Instance(), SoftState.Unknown)], "store", TimeSpan.Zero);
        _replica.OnServiceUnknown();
        _replica.OnProgress(new ResumeToken("another", new Revision(0)), TimeSpan.FromSeconds(5));
        Assert.Equal(("a", null), (Assert.Single(_replica.View.Instances).Id, _replica.View.DiskAge));

        Assert.True(_replica.OnGraceOver(TimeSpan.FromSeconds(5) + Limits.ForeignStoreGrace));

        Assert.Equal(ServiceKnowledge.Unknown, _replica.View.Knowledge);
    }

    [Fact]
    public void OnProgress_NewStoreThatIsEmpty_ShowsTheKnownInstancesUntilTheGraceEnds()
    {
        Show(Instance());

        _replica.OnServiceUnknown();
        _replica.OnProgress(new ResumeToken("another", new Revision(0)), TimeSpan.FromSeconds(5));
        Assert.Equal("a", Assert.Single(_replica.View.Instances).Id);
        Assert.Equal(ServiceKnowledge.Known, _replica.View.Knowledge);

        Assert.False(_replica.OnGraceOver(_replica.GraceEndsAt!.Value - TimeSpan.FromTicks(1)));
        Assert.True(_replica.OnGraceOver(TimeSpan.FromSeconds(5) + Limits.ForeignStoreGrace));
        Assert.Empty(_replica.View.Instances);
        Assert.Equal(ServiceKnowledge.Unknown, _replica.View.Knowledge);
        Assert.Null(_replica.GraceEndsAt);
    }

    [Fact]
    public void OnEvent_NewStoreRemovesAnInstanceThatItListed_DoesNotBringTheOldOneBack()
    {
        Show(Instance());
        _replica.OnServiceUnknown();
        _replica.OnProgress(new ResumeToken("another", new Revision(0)), TimeSpan.Zero);

        _replica.OnEvent(new CatalogEvent.Upserted(Instance() with { Revision = new Revision(1) }));
        _replica.OnProgress(new ResumeToken("another", new Revision(1)), TimeSpan.Zero);
        _replica.OnEvent(new CatalogEvent.Removed(
            Instance().Key, new Removal(RemovalReason.Deregistered, "test", default), new Revision(2)));
        _replica.OnProgress(new ResumeToken("another", new Revision(2)), TimeSpan.Zero);

        Assert.Empty(_replica.View.Instances);
    }

    [Fact]
    public void OnProgress_NewStoreListsTheAddressUnderAnotherId_ShowsItOnce()
    {
        Show(Instance("old"));

        _replica.OnSnapshotPart([Instance("new")], last: true);
        _replica.OnProgress(new ResumeToken("another", new Revision(1)), TimeSpan.Zero);

        Assert.Equal("new", Assert.Single(_replica.View.Instances).Id);
    }

    [Fact]
    public void OnProgress_SameStoreSaysItIsEmpty_IsBelieved()
    {
        Show(Instance());

        _replica.OnSnapshotPart([], last: true);
        _replica.OnProgress(Token(2), TimeSpan.Zero);

        Assert.Empty(_replica.View.Instances);
    }

    private static RecordChange RandomChange(Random random, Core.Catalog.Catalog catalog)
    {
        var known = catalog.Current.Services.GetValueOrDefault(Service)?.Instances.Values.ToList() ?? [];
        return random.Next(10) switch
        {
            < 5 => Put(Instance($"i{random.Next(6)}", 80 + random.Next(6))),
            < 9 when known.Count > 0 => Remove(known[random.Next(known.Count)]),
            _ => new RecordChange.ServiceForgotten(Service),
        };
    }

    private static SoftState Soft(Liveness liveness, ulong sequence) =>
        new(liveness, Health.Healthy, null, TimeSpan.Zero, new Stamp("node-1", 1, sequence));

    private static ResumeToken Token(ulong revision) => new("store", new Revision(revision));

    private void Show(InstanceRecord instance)
    {
        _replica.OnSnapshotPart([instance], last: true);
        _replica.OnProgress(Token(1), TimeSpan.Zero);
    }
}
