using Muster.Core.Catalog;
using Muster.Core.Model;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Catalog;

public class CatalogApplyTests
{
    [Fact]
    public void Apply_NewInstance_IsListedWithTheCommitsRevision()
    {
        var catalog = EmptyCatalog();

        var events = catalog.Apply(Commit(7, Put(Instance())));

        var upserted = Assert.IsType<CatalogEvent.Upserted>(Assert.Single(events));
        Assert.Equal(new Revision(7), upserted.Revision);
        Assert.Equal(new Revision(7), catalog.Current.Find(Instance().Key)!.Revision);
        Assert.Equal("a", catalog.Current.Addresses[Instance().AddressKey].Key.Id);
    }

    [Fact]
    public void Apply_SameContentAgain_MovesTheRevisionAndWakesNobody()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance())));

        var events = catalog.Apply(Commit(2, Put(Instance())));

        Assert.Empty(events);
        Assert.Equal(new Revision(2), catalog.Current.Find(Instance().Key)!.Revision);
    }

    [Fact]
    public void Apply_SameAddressUnderAnotherId_RemovesTheOldOneInTheSameCommit()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance("old"))));

        var events = catalog.Apply(Commit(2, Put(Instance("new"))));

        Assert.Collection(events,
            e => Assert.Equal(RemovalReason.Superseded, Assert.IsType<CatalogEvent.Removed>(e).Removal.Reason),
            e => Assert.Equal("new", Assert.IsType<CatalogEvent.Upserted>(e).Instance.Key.Id));
        Assert.Equal(["new"], catalog.Current.Services[Service].Instances.Keys);
    }

    [Fact]
    public void Apply_IdMovesToAnotherAddress_FreesTheOldAddress()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance("a", 80))));

        catalog.Apply(Commit(2, Remove(Instance("a", 80)), Put(Instance("a", 81))));

        Assert.Null(catalog.Current.FindHolder(Instance("a", 80).AddressKey));
        Assert.Equal("a", catalog.Current.FindHolder(Instance("a", 81).AddressKey)!.Key.Id);
    }

    [Fact]
    public void Apply_LastInstanceRemoved_ServiceStaysKnownWithoutInstances()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance())));

        catalog.Apply(Commit(2, Remove(Instance())));

        Assert.Empty(catalog.Current.Services[Service].Instances.Values);
    }

    [Fact]
    public void Apply_EmptyServiceForgotten_BecomesUnknown()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance())));
        catalog.Apply(Commit(2, Remove(Instance())));

        var events = catalog.Apply(Commit(3, new RecordChange.ServiceForgotten(Service)));

        Assert.IsType<CatalogEvent.ServiceUnknown>(Assert.Single(events));
        Assert.False(catalog.Current.Services.ContainsKey(Service));
    }

    [Fact]
    public void Apply_ServiceForgottenThatHasAnInstanceAgain_StaysKnown()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance())));

        Assert.Empty(catalog.Apply(Commit(2, new RecordChange.ServiceForgotten(Service))));
        Assert.True(catalog.Current.Services.ContainsKey(Service));
    }

    [Fact]
    public void Apply_Lease_HoldsExactlyItsInstances()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, new RecordChange.LeasePut(Lease()), Put(Instance("a", 80)), Put(Instance("b", 81))));

        catalog.Apply(Commit(2, Remove(Instance("a", 80))));

        var holding = catalog.Current.Leases[new LeaseId(1)];
        Assert.Equal("b", Assert.Single(holding.Instances.Keys).Id);
        Assert.Equal(1ul, holding.Lease.Epoch);
    }

    [Fact]
    public void Apply_RevisionThatIsNotNewer_IsRefused()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(5, Put(Instance())));

        var error = Assert.Throws<InvalidOperationException>(() => catalog.Apply(Commit(5, Remove(Instance()))));
        Assert.Contains("revision 5 after 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_Replacement_TakesThePlaceOfEverythingWithoutEvents()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(5, Put(Instance())));
        var restored = new CatalogSnapshot { StoreId = "restored", Revision = new Revision(9) };

        var events = catalog.Apply(new StoreCommit(new Revision(9), []) { Replacement = restored });

        Assert.Empty(events);
        Assert.Same(restored, catalog.Current);
        Assert.Equal(new ResumeToken("restored", new Revision(9)), catalog.Current.Token);
    }

    [Fact]
    public void Current_TakenBefore_DoesNotChange()
    {
        var catalog = EmptyCatalog();
        catalog.Apply(Commit(1, Put(Instance())));
        var before = catalog.Current;

        catalog.Apply(Commit(2, Remove(Instance())));

        Assert.Single(before.Services[Service].Instances.Values);
    }
}
