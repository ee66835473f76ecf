using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Tests.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

public sealed class SubsetTests
{
    public static TheoryData<int, int, int> Sizes => new(
        from servers in new[] { 13, 40, 101, 256 }
        from clients in new[] { 1, 7, 50, 200 }
        from size in new[] { 1, 3, 12, 20 }
        where size < servers
        select (servers, clients, size));

    [Theory]
    [MemberData(nameof(Sizes))]
    [Trait("pitfall", "subset-balance")]
    public void Take_EqualClientsOfARing_LoadEachInstanceAlike(int servers, int clients, int size)
    {
        var instances = Fleet(servers).ToList();
        var counts = instances.ToDictionary(i => i.Id, _ => 0);
        for (var i = 0; i < clients; i++)
        {
            var taken = SubsetOrder.Ring(i, clients).Take(instances, size);
            Assert.Equal(size, taken.Count);
            foreach (var id in taken)
            {
                counts[id]++;
            }
        }

        // Connections are whole: no order can do better than the next whole number.
        var mean = (double)clients * size / servers;
        Assert.InRange(counts.Values.Min(), Math.Floor(mean), mean);
        Assert.InRange(counts.Values.Max(), mean, Math.Ceiling(mean));
        if (mean >= 10)
        {
            Assert.InRange(counts.Values.Max() / mean, 1, 1.1);
        }
    }

    // Those that were started together are often alike.
    [Fact]
    [Trait("pitfall", "subset-balance")]
    public void Take_TenNeighboursMakeHalfOfAllCalls_LoadInstancesNearlyAlike()
    {
        const int Clients = 100;
        const int Size = 20;
        var instances = Fleet(100).ToList();
        for (var first = 0; first <= Clients - 10; first += 10)
        {
            var load = instances.ToDictionary(i => i.Id, _ => 0.0);
            for (var i = 0; i < Clients; i++)
            {
                foreach (var id in SubsetOrder.Ring(i, Clients).Take(instances, Size))
                {
                    load[id] += (i >= first && i < first + 10 ? 9.0 : 1.0) / Size;
                }
            }

            // The mean is 1.8. Ten windows side by side would make it 5.4.
            Assert.InRange(load.Values.Max() / load.Values.Average(), 1, 1.3);
        }
    }

    // A deployment that grows by one must not reconnect everybody.
    [Fact]
    public void Take_OneClientMore_MovesWindowsByALittle()
    {
        var instances = Fleet(100).ToList();
        for (var i = 0; i < 50; i++)
        {
            var (before, after) = (SubsetOrder.Ring(i, 50).Take(instances, 20), SubsetOrder.Ring(i, 51).Take(instances, 20));
            Assert.InRange(after.Except(before).Count(), 0, 2);
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    [Trait("pitfall", "subset-balance")]
    public void Apply_OneComesOrGoes_ReplacesOneAtMost(int servers, int clients, int size)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        var pool = Fleet(servers * 2).ToList();
        var listed = pool[..servers];
        var subsets = Enumerable.Range(0, clients).Select(i => new Subset(size, SubsetOrder.Ring(i, clients))).ToList();
        var wanderers = new Subset(size, SubsetOrder.Rendezvous(77));
        subsets.Add(wanderers);
        subsets.ForEach(s => s.Apply(listed));
        for (var change = 0; change < 60; change++)
        {
            var before = subsets.ConvertAll(s => s.Chosen);
            var gone = pool.Except(listed).ToList();
            if (random.Next(2) == 0 && listed.Count > size + 1)
            {
                listed.RemoveAt(random.Next(listed.Count));
            }
            else
            {
                listed.Add(gone[random.Next(gone.Count)]);
            }

            var ids = listed.Select(c => c.Id).ToHashSet();
            foreach (var (subset, old) in subsets.Zip(before))
            {
                subset.Apply(listed);
                Assert.Equal(size, subset.Chosen!.Count);
                Assert.True(subset.Chosen.IsSubsetOf(ids));
                Assert.True(subset.Chosen.Count(id => !old!.Contains(id)) <= 1, $"Seed {Seed}, change {change}");
            }
        }
    }

    // What was put off must not add up.
    [Fact]
    public void Apply_ManyChanges_LeaveTheLoadEven()
    {
        const int Clients = 100;
        const int Size = 20;
        var random = new Random(5);
        var pool = Fleet(150).ToList();
        var listed = pool[..100];
        var subsets = Enumerable.Range(0, Clients).Select(i => new Subset(Size, SubsetOrder.Ring(i, Clients))).ToList();
        for (var change = 0; change < 300; change++)
        {
            subsets.ForEach(s => s.Apply(listed));
            listed[random.Next(listed.Count)] = pool.Except(listed).ElementAt(random.Next(50));
        }

        subsets.ForEach(s => s.Apply(listed));
        var counts = listed.Select(c => subsets.Count(s => s.Chosen!.Contains(c.Id))).ToList();
        Assert.InRange(counts.Max() / 20.0, 1, 1.1);
    }

    [Fact]
    public void Apply_MostAreReplacedAtOnce_TakesTheNewOnes()
    {
        var subset = new Subset(10, SubsetOrder.Ring(0, 3));
        var fleet = Fleet(200).ToList();
        subset.Apply(fleet[..100]);
        subset.Apply(fleet[95..]);
        Assert.Equal(SubsetOrder.Ring(0, 3).Take(fleet[95..], 10), subset.Chosen);
    }

    [Fact]
    public void Apply_NoMoreThanTheSize_KeepsEverybody()
    {
        var subset = new Subset(10, SubsetOrder.Ring(0, 3));
        subset.Apply(Fleet(11).ToList());
        Assert.Equal(10, subset.Chosen!.Count);
        subset.Apply(Fleet(10).ToList());
        Assert.Null(subset.Chosen);
    }

    [Fact]
    public void Take_ClientsThatDoNotKnowTheirIndex_TakeDifferentOnes()
    {
        var fleet = Fleet(100).ToList();
        var (a, b) = (SubsetOrder.Rendezvous(1).Take(fleet, 10), SubsetOrder.Rendezvous(2).Take(fleet, 10));
        Assert.InRange(a.Intersect(b).Count(), 0, 5);
        Assert.Equal(a, SubsetOrder.Rendezvous(1).Take(fleet, 10));
    }

    [Fact]
    public void Pick_Subset_KeepsToIt()
    {
        using var rig = Rig(out var balancer);
        Assert.Equal(10, rig.Call(balancer, 2000).Count);
    }

    [Fact]
    public void Pick_OneOfTheSubsetDrains_IsReplacedByOne()
    {
        using var rig = Rig(out var balancer);
        var before = rig.Call(balancer, 2000).Keys.ToHashSet();
        var drained = before.Order().First();
        rig.Show([.. Enumerable.Range(0, 50).Select(i => Instances.At(
            1 + i, FleetRig.Id(i), FleetRig.Id(i) == drained ? Intent.Draining : Intent.Serving))]);
        var after = rig.Call(balancer, 2000).Keys.ToHashSet();
        Assert.Equal([drained], before.Except(after));
        Assert.Single(after.Except(before));
    }

    [Fact]
    public void Pick_TheSubsetIsSetAside_TheOthersServeAndItComesBack()
    {
        using var rig = Rig(out var balancer);
        var subset = rig.Call(balancer, 2000).Keys.ToHashSet();
        foreach (var id in subset)
        {
            rig.Fail(id);
        }

        var others = rig.Call(balancer, 4000).Keys;
        Assert.Equal(40, others.Count);
        Assert.DoesNotContain(others, subset.Contains);

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        rig.Call(balancer, 200);
        Assert.Equal(subset.Order(), rig.Call(balancer, 2000).Keys.Order());
    }

    // Who is left of the subset would be crushed by what ten had.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pick_MostOfTheSubsetIsSetAside_AllOthersHelp(bool refusesConnections)
    {
        using var rig = Rig(out var balancer);
        var subset = rig.Call(balancer, 2000).Keys.Order().ToList();
        foreach (var id in subset.Take(6))
        {
            if (refusesConnections)
            {
                rig.Fleet.OnConnectFailed(rig.Member(id), new IOException("refused"));
            }
            else
            {
                rig.Fail(id);
            }
        }

        Assert.Equal(44, rig.Call(balancer, 4000).Count);
    }

    [Fact]
    public void PickOther_TheSubsetWasTried_GoesOutside()
    {
        using var rig = Rig(out var balancer);
        var subset = rig.Call(balancer, 2000).Keys.ToHashSet();
        var tried = rig.Fleet.Roster.Members.Where(m => subset.Contains(m.Id)).ToList();
        Assert.True(balancer.TryPickOther(tried, null, wellOnly: false, out var target, out _));
        Assert.DoesNotContain(target.Member.Id, subset);
        Assert.True(balancer.TryPickOther([.. tried.Take(9)], null, wellOnly: false, out target, out _));
        Assert.Equal(tried[9], target.Member);
    }

    // Without a seed of its own every client would keep to the same ones.
    [Fact]
    public void Pick_ClientsThatDoNotKnowTheirIndex_KeepToDifferentOnes()
    {
        using var a = Rig(out var ofA, new MusterClientOptions { ClientName = "shop" }, seed: 1);
        using var b = Rig(out var ofB, new MusterClientOptions { ClientName = "shop" }, seed: 2);
        Assert.NotEqual(a.Call(ofA, 2000).Keys.Order(), b.Call(ofB, 2000).Keys.Order());
    }

    private static FleetRig Rig(out Balancer balancer, MusterClientOptions? options = null, ulong seed = 1)
    {
        var rig = new FleetRig(options ?? new MusterClientOptions { ClientIndex = 2, ClientCount = 5 }, seed);
        rig.Show(50);
        balancer = rig.Fleet.GetBalancer(FleetRig.Key(PolicyNames.RoundRobin) with { SubsetSize = 10 });
        return rig;
    }

    private static IEnumerable<Candidate> Fleet(int count) =>
        Enumerable.Range(0, count).Select(i => new Candidate($"server-{i}", 1, "", new InstanceStatistics()));
}
