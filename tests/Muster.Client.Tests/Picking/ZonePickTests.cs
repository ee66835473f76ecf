using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Tests.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

public sealed class ZonePickTests : IDisposable
{
    private const int Calls = 50_000;
    private readonly FleetRig _rig = new(new MusterClientOptions { Zone = "east" });

    public static TheoryData<string> Policies =>
        [PolicyNames.Random, PolicyNames.RoundRobin, PolicyNames.LeastRequest, PolicyNames.Adaptive, PolicyNames.WeightedRoundRobin];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Pick_LocalInstances_GetAllButTheProbes(string policy)
    {
        Show(east: 4, west: 4);
        var counts = _rig.Call(Balancer(policy), Calls);
        Shares.AssertBinomial(0.97 + (0.03 / 2), Calls, InEast(counts));
        Assert.Equal(8, counts.Count);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(0, 6)]
    [InlineData(6, 0)]
    [Trait("pitfall", "zone-overload")]
    public void Pick_FewInstancesOrNoneOrAllInTheZone_AreAllAlike(int east, int west)
    {
        Show(east, west);
        Assert.Equal(1, SpreadOf(_rig.Call(Balancer(PolicyNames.RoundRobin), 6000 - (6000 % (east + west)))), 1e-9);
    }

    [Fact]
    public void Pick_PreferenceOff_ZonesDoNotMatter()
    {
        Show(east: 4, west: 4);
        var balancer = _rig.Fleet.GetBalancer(FleetRig.Key(PolicyNames.RoundRobin));
        Assert.Equal(1, SpreadOf(_rig.Call(balancer, 8000)), 1e-9);
    }

    [Fact]
    public void Pick_NoZoneOfItsOwn_ZonesDoNotMatter()
    {
        using var rig = new FleetRig();
        Show(rig, 4, 4, _ => Intent.Serving);
        var balancer = rig.Fleet.GetBalancer(FleetRig.Key(PolicyNames.RoundRobin) with { ZonePreference = new ZonePreference() });
        Assert.Equal(1, SpreadOf(rig.Call(balancer, 8000)), 1e-9);
    }

    // Half of six: 1.4 × 0.5 of the calls stay, and of those that do not 3 of 9 go there all the same.
    [Fact]
    [Trait("pitfall", "zone-overload")]
    public void Pick_HalfOfTheZoneDrains_SpillsInProportion()
    {
        Show(_rig, 6, 6, id => id is "e0" or "e1" or "e2" ? Intent.Draining : Intent.Serving);
        var counts = _rig.Call(Balancer(), Calls);
        Shares.AssertBinomial(0.7 + (0.3 / 3), Calls, InEast(counts));
        Assert.Equal(9, counts.Count);
    }

    [Theory]
    [InlineData(Intent.Draining)]
    [InlineData(Intent.Out)]
    public void Pick_WholeZoneLeaves_TheOthersTakeAll(Intent intent)
    {
        Show(east: 4, west: 4);
        var balancer = Balancer();
        Show(_rig, 4, 4, id => id[0] == 'e' ? intent : Intent.Serving);
        Assert.Equal(0, InEast(_rig.Call(balancer, 1000)));
    }

    [Fact]
    public void Pick_WholeZoneIsSetAside_TheOthersTakeAll()
    {
        Show(east: 3, west: 6);
        var balancer = Balancer();
        foreach (var id in new[] { "e0", "e1", "e2" })
        {
            _rig.Fail(id);
        }

        Assert.Equal(0, InEast(_rig.Call(balancer, 1000)));
    }

    // Panic is for those that answer and fail. Whoever cannot be connected to is away, and nothing else changes by that.
    [Fact]
    public void Pick_MoreThanHalfCannotBeConnectedTo_CallsStayInTheZone()
    {
        Show(east: 6, west: 8);
        var balancer = Balancer();
        foreach (var id in new[] { "e0", "w0", "w1", "w2", "w3", "w4", "w5", "w6" })
        {
            _rig.Fleet.OnConnectFailed(_rig.Member(id), new IOException("refused"));
        }

        var counts = _rig.Call(balancer, Calls);

        Assert.Equal(6, counts.Count);
        Shares.AssertBinomial(0.97 + (0.03 * 5 / 6), Calls, InEast(counts));
    }

    [Fact]
    public void PickOther_ZoneTried_GoesAbroad()
    {
        Show(east: 2, west: 6);
        var tried = _rig.Fleet.Roster.Members.Where(m => m.Id[0] == 'e').ToList();
        Assert.True(Balancer().TryPickOther(tried, null, wellOnly: false, out var target, out _));
        Assert.Equal("west", target.Member.Candidate.Zone);
    }

    // Two newcomers, the whole zone, would get everything that their ramp is to keep from them.
    [Fact]
    public void Pick_ZoneOfNewcomers_WaitsForTheirRamp()
    {
        Show(east: 0, west: 8);
        Show(east: 2, west: 8);
        var balancer = Balancer();
        Assert.InRange(InEast(_rig.Call(balancer, Calls)), 1, Calls * 2 / 10);
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));
        Shares.AssertBinomial(0.97 + (0.03 * 0.2), Calls, InEast(_rig.Call(balancer, Calls)));
    }

    [Fact]
    public void Pick_CallsThatBelongTogether_StayInOneZone()
    {
        Show(east: 4, west: 4);
        var balancer = Balancer(PolicyNames.Rendezvous);
        for (ulong key = 0; key < 500; key++)
        {
            Assert.Single(_rig.Call(balancer, 5, _ => key));
        }
    }

    [Fact]
    public void Pick_ZoneReportsThatItIsBusy_SpillsUntilItIsNot()
    {
        Show(east: 2, west: 6);
        var balancer = Balancer();
        Assert.InRange(Run(balancer, 20, _ => (0.5, 0.45))[^1], 0.95, 1);
        Assert.InRange(Run(balancer, 20, _ => (0.95, 0.3))[^1], 0.2, 0.45);
        Assert.InRange(Run(balancer, 60, _ => (0.3, 0.4))[^1], 0.95, 1);
    }

    // The load follows the calls: 8 instances that do 100 a second each, 300 from this zone, 200 from others.
    [Fact]
    [Trait("pitfall", "zone-overload")]
    public void Pick_SmallZoneCannotServeAll_SettlesAndComesBack()
    {
        Show(east: 2, west: 6);
        var balancer = Balancer();
        var settled = Run(balancer, 150, share => (300 * share / 200, (200 + (300 * (1 - share))) / 600))[90..];

        // x of the calls stay: 1.5x = 0.1 + (200 + 300 (1 - x)) / 600, x = 0.467. Of 500, chance alone makes it some hundredths more or less.
        Assert.All(settled, share => Assert.InRange(share, 0.36, 0.57));
        Assert.InRange(settled.Average(), 0.44, 0.5);
        Assert.InRange(Run(balancer, 90, share => (60 * share / 200, (200 + (60 * (1 - share))) / 600))[^1], 0.95, 1);
    }

    [Fact]
    public void Pick_NobodyReports_SpillsWhereCallsTakeLonger()
    {
        Show(east: 2, west: 6);
        var balancer = Balancer();
        for (var second = 0; second < 40; second++)
        {
            for (var i = 0; i < 300; i++)
            {
                var member = FleetRig.Send(balancer);
                _rig.End(member, latency: TimeSpan.FromMilliseconds(member.Id[0] == 'e' ? 40 : 10));
            }

            _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(InEast(_rig.Call(balancer, 1000)), 0, 500);
    }

    [Fact]
    public void Pick_OldReports_SayNothing()
    {
        Show(east: 2, west: 6);
        var balancer = Balancer();
        Run(balancer, 20, _ => (0.95, 0.3));
        for (var second = 0; second < 60; second++)
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(1));
            _rig.Call(balancer, 1);
        }

        Assert.InRange(InEast(_rig.Call(balancer, 1000)), 950, 1000);
    }

    [Fact]
    public void Explain_ZonePreferred_SaysHowManyCallsStay()
    {
        Show(east: 2, west: 6);
        var balancer = Balancer();
        Assert.StartsWith(
            "random of 8: 97 % stay with the 2 in the zone; ", $"{balancer.Explain(_rig.Member("e0"), null, _rig.Now)}", StringComparison.Ordinal);
    }

    public void Dispose() => _rig.Dispose();

    private static int InEast(Dictionary<string, int> counts) => counts.Where(c => c.Key[0] == 'e').Sum(c => c.Value);

    private static double SpreadOf(Dictionary<string, int> counts) => (double)counts.Values.Max() / counts.Values.Min();

    private static void Show(FleetRig rig, int east, int west, Func<string, Intent> intent) => rig.Show(
    [
        .. Enumerable.Range(0, east).Select(i => Instances.At(100 + i, $"e{i}", intent($"e{i}"), zone: "east")),
        .. Enumerable.Range(0, west).Select(i => Instances.At(200 + i, $"w{i}", intent($"w{i}"), zone: "west")),
    ]);

    private void Show(int east, int west) => Show(_rig, east, west, _ => Intent.Serving);

    private Balancer Balancer(string policy = PolicyNames.Random) =>
        _rig.Fleet.GetBalancer(FleetRig.Key(policy) with { ZonePreference = new ZonePreference() });

    /// <summary>Calls 500 times a second, and lets everybody report a load by the share of calls that stayed in the second before.</summary>
    /// <returns>That share, second by second.</returns>
    private double[] Run(Balancer balancer, int seconds, Func<double, (double East, double West)> loads)
    {
        var shares = new double[seconds];
        for (var second = 0; second < seconds; second++)
        {
            shares[second] = InEast(_rig.Call(balancer, 500)) / 500.0;
            var (east, west) = loads(shares[second]);
            _rig.Clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var member in _rig.Fleet.Roster.Members)
            {
                var cpu = Math.Min(1, member.Id[0] == 'e' ? east : west);
                Assert.True(member.Statistics.OnReport(new LoadReport { CpuUtilization = cpu }, _rig.Now));
            }
        }

        return shares;
    }
}
