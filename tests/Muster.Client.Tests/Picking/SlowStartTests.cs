using Muster.Client.Balancing;
using Muster.Client.Picking;

namespace Muster.Client.Tests.Picking;

public sealed class SlowStartTests : IDisposable
{
    private const int Calls = 20_000;
    private readonly FleetRig _rig = new();

    public static TheoryData<string> Thinned => [.. PolicyNames.All.Where(name => !Honours(name))];

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
            rig.Show(3);
            rig.Show(4);
            EndProbation(rig, "d");
            rig.Clock.Advance(TimeSpan.FromSeconds(ageSeconds));
            var counts = rig.Call(rig.Balancer(policy), Calls);
            Shares.AssertBinomial(share / 4, Calls, counts["d"]);
        }
    }

    // The turns that a newcomer is not ready for go to whoever is next: nobody's turn is lost with them.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
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
    [MemberData(nameof(Thinned))]
    [Trait("pitfall", "idle-newcomer")]
    public void Pick_NewcomerThatLooksIdle_IsNotFlooded(string policy)
    {
        _rig.Show(3);
        _rig.Show(4);
        EndProbation(_rig, "d");
        foreach (var id in new[] { "a", "a", "b", "b", "c", "c" })
        {
            Assert.True(_rig.Member(id).TryBegin());
        }

        var counts = _rig.Call(_rig.Balancer(policy), Calls);
        Assert.InRange(counts.GetValueOrDefault("d"), 1, Calls / 4);
    }

    [Theory]
    [MemberData(nameof(Thinned))]
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

        // By the shares alone 1 of 1 + 9 × 0.1; a newcomer has one draw per pick, which leaves somewhat more to it.
        Assert.InRange(counts["a"], 0.5 * Calls, 0.75 * Calls);
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
        _rig.Show(3);
        _rig.Show(Http.Instances.At(1, "a"), Http.Instances.At(2, "b"), Http.Instances.At(99, "c"));
        EndProbation(_rig, "c");
        var counts = _rig.Call(_rig.Balancer(PolicyNames.Random), Calls);
        Shares.AssertBinomial(0.1 / 3, Calls, counts["c"]);
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

    private static bool Honours(string policy) =>
        BuiltInPolicies.TryCreate(policy, new PickRandom(1), out var created) && created.HonoursSlowStart;

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
}
