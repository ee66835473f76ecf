using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Core.Tests.Catalog;

public class RemovalHistoryTests
{
    private static readonly ServiceKey Calculator = ServiceKey.Default("calculator");
    private static readonly ServiceKey Echo = ServiceKey.Default("echo");

    [Fact]
    public void Of_Service_IsNewestFirstAndItsOwnOnly()
    {
        var history = new RemovalHistory();
        history.Add(Removal(Calculator, 1));
        history.Add(Removal(Echo, 2));
        history.Add(Removal(Calculator, 3));

        Assert.Equal(["i3", "i1"], history.Of(Calculator).Select(r => r.Instance.Id));
        Assert.True(history.Knows(Echo));
        Assert.False(history.Knows(ServiceKey.Default("rest")));
    }

    [Fact]
    public void Add_OverTheServicesBound_DropsItsOldestAndSparesTheOthers()
    {
        var history = new RemovalHistory(perServiceMax: 2, max: 100);
        history.Add(Removal(Echo, 1));
        for (ulong i = 2; i <= 6; i++)
        {
            history.Add(Removal(Calculator, i));
        }

        Assert.Equal(["i6", "i5"], history.Of(Calculator).Select(r => r.Instance.Id));
        Assert.Equal(["i1"], history.Of(Echo).Select(r => r.Instance.Id));
        Assert.Equal(3, history.Count);
    }

    [Fact]
    public void Add_OverTheBound_DropsTheOldestOfAllAndForgetsServicesWithoutAny()
    {
        var history = new RemovalHistory(perServiceMax: 10, max: 3);
        history.Add(Removal(Echo, 1));
        for (ulong i = 2; i <= 4; i++)
        {
            history.Add(Removal(Calculator, i));
        }

        Assert.Equal(["i2", "i3", "i4"], history.All.Select(r => r.Instance.Id));
        Assert.False(history.Knows(Echo));
    }

    [Fact]
    public void Observe_Events_KeepsRemovalsWithAddressAndRevision()
    {
        var history = new RemovalHistory();
        var catalog = Records.EmptyCatalog();
        history.Observe(catalog.Apply(Records.Commit(2, Records.Put(Records.Instance("a")))));
        history.Observe(catalog.Apply(Records.Commit(3, Records.Remove(Records.Instance("a")))));

        var kept = Assert.Single(history.Of(Records.Service));
        Assert.Equal(("a", "10.0.0.1:80", new Revision(3)), (kept.Instance.Id, kept.Address, kept.Revision));
    }

    private static RemovalRecord Removal(ServiceKey service, ulong revision) => new(
        new InstanceKey(service, $"i{revision}"), "10.0.0.1:80", new Removal(RemovalReason.Deregistered, "test", default), new Revision(revision));
}
