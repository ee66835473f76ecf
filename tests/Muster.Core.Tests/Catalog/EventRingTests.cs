using Muster.Core.Catalog;
using Muster.Core.Model;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Catalog;

public class EventRingTests
{
    [Fact]
    public void After_WithinTheRing_GivesWhatCameLaterForThatServiceOnly()
    {
        var ring = new EventRing(10, Revision.None);
        ring.Add([Upserted("a", 1)]);
        ring.Add([Upserted("b", 2)]);
        ring.Add([new CatalogEvent.ServiceUnknown(ServiceKey.Default("other"), new Revision(3))]);

        var events = ring.After(new Revision(1), Service);

        Assert.Equal("b", Assert.Single(events!).InstanceId);
    }

    [Fact]
    public void After_OlderThanTheRing_IsNull()
    {
        var ring = new EventRing(2, Revision.None);
        ring.Add([Upserted("a", 1)]);
        ring.Add([Upserted("b", 2)]);
        ring.Add([Upserted("c", 3)]);

        Assert.Null(ring.After(Revision.None, Service));
        Assert.Equal(2, ring.After(new Revision(1), Service)!.Count);
    }

    [Fact]
    public void After_HalfACommitFellOut_DoesNotOfferTheOtherHalf()
    {
        var ring = new EventRing(2, Revision.None);
        ring.Add([Upserted("a", 1), Upserted("b", 1)]);
        ring.Add([Upserted("c", 2)]);

        Assert.Null(ring.After(Revision.None, Service));
        Assert.Equal("c", Assert.Single(ring.After(new Revision(1), Service)!).InstanceId);
    }

    [Fact]
    public void After_BeforeTheCatalogsStart_IsNull()
    {
        var ring = new EventRing(10, new Revision(100));

        Assert.Null(ring.After(new Revision(99), Service));
        Assert.Empty(ring.After(new Revision(100), Service)!);
    }

    private static CatalogEvent.Upserted Upserted(string id, ulong revision) =>
        new CatalogEvent.Upserted(Instance(id) with { Revision = new Revision(revision) });
}
