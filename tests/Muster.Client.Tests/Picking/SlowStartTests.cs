using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Picking;

public sealed class SlowStartTests : IDisposable
{
    private const int Calls = 20_000;
    private readonly FleetRig _rig = new();

    public static TheoryData<string> Spreading => [.. PolicyNames.All.Where(IsSlowed)];

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(3, 0.1)]
    [InlineData(6, 0.2)]
    [InlineData(15, 0.5)]
    [InlineData(27, 0.9)]
    [InlineData(30, 1)]
    [InlineData(300, 1)]
    public void Pick_Newcomer_GetsAShareThatGrowsInAStraightLine(double ageSeconds, double share)
    {
        foreach (var policy in new[] { PolicyNames.Random, PolicyNames.WeightedRandom, PolicyNames.LeastRequest })
        {
            using var rig = new FleetRig();
            rig.Show(7);
            rig.Show(8);
            EndProbation(rig, "h");
            rig.Clock.Advance(TimeSpan.FromSeconds(ageSeconds));
            var counts = rig.Call(rig.Balancer(policy), Calls);
            Shares.AssertBinomial(share / 8, Calls, counts["h"]);
        }
    }

    // A deployment replaces one after the other: the last ones must not bear what all the others are spared.
    [Theory]
    [InlineData(8, 2)]
    [InlineData(2, 8)]
    [InlineData(1, 1)]
    [InlineData(1, 30)]
    public void Pick_MostAreNewcomers_OthersBearAQuarterMoreAtMost(int seasoned, int newcomers)
    {
        _rig.Show(seasoned);
        _rig.Show(seasoned + newcomers);
        for (var i = seasoned; i < seasoned + newcomers; i++)
        {
            EndProbation(_rig, FleetRig.Id(i));
        }

        // Newcomers that grow older need less help, so the others never have less to do than they should.
        var fair = (double)Calls / (seasoned + newcomers);
        foreach (var age in new[] { 0, 12, 14 })
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(age));
            var counts = _rig.Call(_rig.Balancer(PolicyNames.Random), Calls);
            var most = Enumerable.Range(0, seasoned).Average(i => counts[FleetRig.Id(i)]) / fair;
            var chance = 4 / Math.Sqrt(fair * seasoned);
            Assert.InRange(most, 1 - chance, 1.25 + chance);
            Assert.True(age > 0 || newcomers == 30 || most > 1.03, $"{most} of a fair share: newcomers are not spared anything.");
        }
    }

    // A call that finds nobody asks the roster why: with it must have come those who can be picked.
    [Fact]
    public void Changed_FirstView_IsShownWhenItsInstancesCanBePicked()
    {
        var shown = new List<ServiceKnowledge>();
        FleetRig? rig = null;
        var policies = new MusterClientOptions().Policies.Add("own", _ => new Watching(() => shown.Add(rig!.Fleet.Roster.View.Knowledge)));
        using (rig = new FleetRig(new MusterClientOptions { Policies = policies }))
        {
            _ = rig.Balancer("own");
            rig.Show(2);
            Assert.Equal(ServiceKnowledge.Known, rig.Fleet.Roster.View.Knowledge);
        }

        Assert.Equal(ServiceKnowledge.Pending, shown[0]);
    }

    // The turns that a newcomer is not ready for go to whoever is next: nobody's turn is lost with them.
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(12)]
    public void Pick_NewcomerAmongThoseWhoTakeTurns_EveryoneElseStillTakesTurns(int seasoned)
    {
        _rig.Show(seasoned);
        _rig.Show(seasoned + 1);
        EndProbation(_rig, FleetRig.Id(seasoned));
        var counts = _rig.Call(_rig.Balancer(PolicyNames.RoundRobin), Calls);
        Shares.AssertBinomial(0.1 / (seasoned + 0.1), Calls, counts[FleetRig.Id(seasoned)]);
        for (var i = 0; i < seasoned; i++)
        {
            Assert.InRange(counts[FleetRig.Id(i)], Calls / (seasoned + 0.1) * 0.95, Calls / (seasoned + 0.1) * 1.05);
        }
    }

    // It has nothing in flight and no history, so whoever compares would send it everything.
    [Theory]
    [MemberData(nameof(Spreading))]
    [Trait("pitfall", "idle-newcomer")]
    public void Pick_NewcomerThatLooksIdle_IsNotFlooded(string policy)
    {
        _rig.Show(7);
        _rig.Show(8);
        EndProbation(_rig, "h");
        for (var i = 0; i < 7; i++)
        {
            Assert.True(_rig.Member(FleetRig.Id(i)).TryBegin());
            Assert.True(_rig.Member(FleetRig.Id(i)).TryBegin());
        }

        var counts = _rig.Call(_rig.Balancer(policy), Calls);
        Assert.InRange(counts.GetValueOrDefault("h"), 1, Calls / 8);
    }

    // Above 32 candidates it compares two, which is another way to be flooded.
    [Fact]
    [Trait("pitfall", "idle-newcomer")]
    public void Pick_AdaptiveAmongManyWithoutReports_DoesNotFloodTheNewcomer()
    {
        _rig.Show(39);
        _rig.Show(40);
        EndProbation(_rig, FleetRig.Id(39));
        for (var i = 0; i < 39; i++)
        {
            Assert.True(_rig.Member(FleetRig.Id(i)).TryBegin());
        }

        var counts = _rig.Call(_rig.Balancer(PolicyNames.Adaptive), Calls);

        // It is one of the two for every twentieth call, and a tenth of its share is taken.
        Shares.AssertBinomial(2.0 / 40 * 0.1, Calls, counts[FleetRig.Id(39)]);
    }

    [Theory]
    [MemberData(nameof(Spreading))]
    [Trait("pitfall", "idle-newcomer")]
    public async Task Pick_NewcomerOnProbation_HasOneCallInFlight(string policy)
    {
        _rig.Show(3);
        _rig.Show(4);
        var balancer = _rig.Balancer(policy);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                FleetRig.Send(balancer);
            }
        })));
        var newcomer = _rig.Member("d").Statistics;
        Assert.Equal(1, newcomer.InFlight);
        Assert.Equal(64 * 20, new[] { "a", "b", "c", "d" }.Sum(id => _rig.Member(id).Statistics.InFlight));

        _rig.End(_rig.Member("d"), AttemptResult.Failure);
        SendMany(balancer);
        Assert.Equal(1, newcomer.InFlight);

        _rig.End(_rig.Member("d"));
        SendMany(balancer);
        Assert.InRange(newcomer.InFlight, 2, int.MaxValue);
    }

    [Fact]
    public void Pick_FirstView_HasNoNewcomers()
    {
        _rig.Show(4);
        var counts = _rig.Call(_rig.Balancer(PolicyNames.RoundRobin), 400);
        Assert.All(counts.Values, count => Assert.Equal(100, count));
    }

    [Fact]
    public void Pick_NobodyButNewcomers_ShareAllCalls()
    {
        _rig.Show();
        _rig.Show(4);
        var counts = _rig.Call(_rig.Balancer(PolicyNames.RoundRobin), 400);
        Assert.Equal(4, counts.Count);
        Assert.All(counts.Values, count => Assert.Equal(100, count));
    }

    // After a rolling restart that takes less than the ramp: the last old one must not bear what the new ones do not get yet.
    [Fact]
    public void Pick_OneInFullServiceAmongNine_IsNotFlooded()
    {
        _rig.Show(1);
        _rig.Show(10);
        for (var i = 1; i < 10; i++)
        {
            EndProbation(_rig, FleetRig.Id(i));
        }

        var counts = _rig.Call(_rig.Balancer(PolicyNames.Random), Calls);

        // A tenth, and a quarter of that more at most.
        Assert.InRange(counts["a"], 0.1 * 0.98 * Calls, 0.1 * 1.28 * Calls);
    }

    [Fact]
    public void Pick_SlowStartOff_GivesNewcomersTheirFullShare()
    {
        using var rig = new FleetRig(new MusterClientOptions { SlowStart = null });
        rig.Show(3);
        rig.Show(4);
        Assert.Equal(100, rig.Call(rig.Balancer(PolicyNames.RoundRobin), 400)["d"]);
    }

    [Fact]
    public void Pick_MovedToAnotherAddress_IsANewcomer()
    {
        _rig.Show(8);
        _rig.Show([.. Enumerable.Range(0, 7).Select(i => Http.Instances.At(1 + i, FleetRig.Id(i))), Http.Instances.At(99, "h")]);
        EndProbation(_rig, "h");
        var counts = _rig.Call(_rig.Balancer(PolicyNames.Random), Calls);
        Shares.AssertBinomial(0.1 / 8, Calls, counts["h"]);
    }

    // What belongs to a newcomer must not wander about for its first half minute.
    [Theory]
    [InlineData(PolicyNames.RingHash)]
    [InlineData(PolicyNames.Rendezvous)]
    [InlineData(PolicyNames.PickFirst)]
    public void Pick_PolicyThatKeepsCallsTogether_IsNotThinned(string policy)
    {
        _rig.Show(3);
        _rig.Show(4);
        EndProbation(_rig, "d");
        var balancer = _rig.Balancer(policy);
        for (ulong key = 0; key < 50; key++)
        {
            Assert.Single(_rig.Call(balancer, 20, _ => key));
        }
    }

    public void Dispose() => _rig.Dispose();

    private static bool IsSlowed(string policy) =>
        BuiltInPolicies.TryCreate(policy, new PickRandom(1), out var created) && created.SlowStart != SlowStartMode.None;

    private static void EndProbation(FleetRig rig, string id)
    {
        Assert.True(rig.Member(id).TryBegin());
        rig.End(rig.Member(id));
    }

    private static void SendMany(Balancer balancer)
    {
        for (var i = 0; i < 1000; i++)
        {
            FleetRig.Send(balancer);
        }
    }

    private sealed class Watching(Action onBound) : IBalancingPolicy
    {
        public string Name => "own";

        public IPicker CreatePicker(ImmutableArray<Candidate> candidates)
        {
            onBound();
            return new First();
        }

        private sealed class First : IPicker
        {
            public int Pick(in PickContext context) => 0;
        }
    }
}
