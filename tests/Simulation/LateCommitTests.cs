using Muster.Core.Model;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>A story that seeds meet too rarely to be left to them.</summary>
public class LateCommitTests
{
    private static readonly ServiceKey Service = ServiceKey.Default("calculator");

    [Fact]
    public void NewLease_DurableOnlyAfterItsTtlAndItsClientDead_StillEnds()
    {
        var world = new World(seed: 1);
        var nature = new SimProcess(world, "nature");
        var registry = new SimRegistry(world, Fault.None);
        var client = new SimSimpleClient(world, registry, nature, "simple", Service, TimeSpan.FromSeconds(1));
        registry.Start();
        registry.SetStoreHanging(TimeSpan.FromSeconds(5));
        client.Start();
        world.RunUntil(TimeSpan.FromSeconds(0.2));
        client.Kill();
        world.RunUntil(TimeSpan.FromSeconds(5.1));
        registry.SetStoreHanging(null);
        var key = new InstanceKey(Service, "simple");
        Assert.NotNull(registry.Node!.Feed.Current.Find(key));

        world.RunUntil(TimeSpan.FromSeconds(8));
        world.Record(new HistoryEvent.Quiesced(world.Now));

        Assert.Null(registry.Node.Feed.Current.Find(key));
        Assert.Empty(HistoryChecker.Check(world.History));
        Assert.Null(world.Defect);
    }
}
