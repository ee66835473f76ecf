using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Tests.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

public sealed class TrafficSplitTests : IDisposable
{
    private const int Calls = 50_000;
    private readonly FleetRig _rig = new();

    public static TheoryData<string, double> Shares => new(
        from policy in new[] { PolicyNames.Random, PolicyNames.RoundRobin, PolicyNames.LeastRequest, PolicyNames.Adaptive }
        from percent in new[] { 0.5, 5, 50 }
        select (policy, percent));

    [Theory]
    [MemberData(nameof(Shares))]
    public void Pick_Split_GetsItsShareOfAllCalls(string policy, double percent)
    {
        ShowTen();
        var counts = _rig.Call(_rig.Fleet.GetBalancer(Key(percent, policy)), Calls);
        Picking.Shares.AssertBinomial(percent / 100, Calls, Canaries(counts));
        Assert.Equal(10, counts.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Pick_NothingOrAllOfIt_GoesToOneSide(double percent)
    {
        ShowTen();
        var counts = _rig.Call(_rig.Fleet.GetBalancer(Key(percent)), 1000);
        Assert.Equal(percent * 10, Canaries(counts));
    }

    // Two sides that took turns from one sequence would skip some of theirs.
    [Fact]
    public void Pick_SplitOfWhoTakeTurns_BothSidesTakeTurns()
    {
        ShowTen();
        var counts = _rig.Call(_rig.Fleet.GetBalancer(Key(50, PolicyNames.RoundRobin)), Calls);
        foreach (var side in new[] { counts.Where(c => IsCanary(c.Key)), counts.Where(c => !IsCanary(c.Key)) })
        {
            Assert.InRange(side.Max(c => c.Value) - side.Min(c => c.Value), 0, 1);
        }
    }

    [Fact]
    public void Pick_CallsThatBelongTogether_StayOnOneSide()
    {
        ShowTen();
        var balancer = _rig.Fleet.GetBalancer(Key(5));
        var onCanaries = 0;
        for (ulong key = 0; key < 5000; key++)
        {
            var counts = _rig.Call(balancer, 4, _ => key);
            Assert.Contains(Canaries(counts), new[] { 0, 4 });
            onCanaries += Canaries(counts) / 4;
        }

        Picking.Shares.AssertBinomial(0.05, 5000, onCanaries);
    }

    [Theory]
    [InlineData("left")]
    [InlineData("draining")]
    [InlineData("timed out")]
    [InlineData("ejected")]
    public void Pick_CanariesCannotServe_TheOthersTakeAll(string how)
    {
        ShowTen();
        var balancer = _rig.Fleet.GetBalancer(Key(50));
        Disable(how, IsCanary);
        var counts = _rig.Call(balancer, 1000);
        Assert.Equal(0, Canaries(counts));
        Assert.Equal(8, counts.Count);
    }

    [Theory]
    [InlineData("left")]
    [InlineData("draining")]
    [InlineData("timed out")]
    public void Pick_OnlyCanariesCanServe_TheyTakeAll(string how)
    {
        ShowTen();
        var balancer = _rig.Fleet.GetBalancer(Key(5));
        Disable(how, id => !IsCanary(id));
        Assert.Equal(1000, Canaries(_rig.Call(balancer, 1000)));
    }

    [Fact]
    public void Pick_CanariesComeBack_GetTheirShareAgain()
    {
        ShowTen();
        var balancer = _rig.Fleet.GetBalancer(Key(50));
        Disable("timed out", IsCanary);
        Assert.Equal(0, Canaries(_rig.Call(balancer, 1000)));
        ShowTen();
        Picking.Shares.AssertBinomial(0.5, Calls, Canaries(_rig.Call(balancer, Calls)));
    }

    // They all timed out: who is to say which side is better.
    [Fact]
    public void Pick_BothSidesTimedOut_StaySplit()
    {
        ShowTen();
        var balancer = _rig.Fleet.GetBalancer(Key(50));
        Disable("timed out", _ => true);
        Picking.Shares.AssertBinomial(0.5, Calls, Canaries(_rig.Call(balancer, Calls)));
    }

    [Fact]
    public void PickOther_CanariesTried_GoesToTheOthers()
    {
        ShowTen();
        var balancer = _rig.Fleet.GetBalancer(Key(100));
        var tried = _rig.Fleet.Roster.Members.Where(m => IsCanary(m.Id)).ToList();
        Assert.True(balancer.TryPickOther(tried, null, wellOnly: false, out var target, out _));
        Assert.False(IsCanary(target.Member.Id));
    }

    [Fact]
    public void Excluded_WithASelector_CountsWhoIsOnNeitherSide()
    {
        _rig.Show(
            Instances.At(1, "a", metadata: "version=2"), Instances.At(2, "b", metadata: "canary=true,version=2"),
            Instances.At(3, "c"), Instances.At(4, "d", metadata: "canary=true"), Instances.At(5, "e", metadata: "version=1"));
        Assert.Null(MetadataSelector.TryParse("version=2", out var selector));
        var balancer = _rig.Fleet.GetBalancer(Key(50) with { Selector = new SelectorKey(selector) });
        Assert.Equal(["a", "b"], _rig.Call(balancer, 100).Keys.Order());
        Assert.Equal(new Exclusions(3, 0, 0), balancer.Excluded);
        Assert.EndsWith("and match 'version=2'", balancer.Key.Demand, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_HandlerWithASplit_KeepsToIt()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, Instances.At(b.Port, "b", metadata: "canary=true"));
        using var all = fixture.Client(fixture.Options with { Split = new TrafficSplit("canary=true", 100) });
        using var none = fixture.Client(fixture.Options with { Split = new TrafficSplit("canary=true", 0) });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("b", await all.GetStringAsync("/"));
            Assert.Equal("a", await none.GetStringAsync("/"));
        }
    }

    // A key counts for the side even where the policy does not care for it.
    [Fact]
    public async Task Send_SplitWithAKey_StaysOnTheKeysSide()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, Instances.At(b.Port, "b", metadata: "canary=true"));
        using var client = fixture.Client(fixture.Options with { Split = new TrafficSplit("canary=true", 50) });
        var sides = new List<string>();
        for (var user = 0; user < 20; user++)
        {
            var answers = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < 5; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/");
                request.Options.Set(AffinityKeys.Option, $"user-{user}");
                using var response = await client.SendAsync(request);
                answers.Add(await response.Content.ReadAsStringAsync());
            }

            sides.Add(Assert.Single(answers));
        }

        Assert.Equal(["a", "b"], sides.Distinct().Order());
    }

    public void Dispose() => _rig.Dispose();

    private static BalancerKey Key(double percent, string policy = PolicyNames.Random)
    {
        Assert.Null(MetadataSelector.TryParse("canary=true", out var selector));
        return FleetRig.Key(policy) with { Split = new SplitKey(new SelectorKey(selector), percent / 100) };
    }

    private static bool IsCanary(string id) => id is "a" or "b";

    private static int Canaries(Dictionary<string, int> counts) => counts.Where(c => IsCanary(c.Key)).Sum(c => c.Value);

    private void ShowTen() => Show(_ => true, Intent.Serving, Liveness.Alive, _ => false);

    private void Disable(string how, Func<string, bool> who)
    {
        if (how == "ejected")
        {
            foreach (var member in _rig.Fleet.Roster.Members.Where(m => who(m.Id)))
            {
                _rig.Fail(member.Id);
            }

            return;
        }

        Show(
            id => how != "left" || !who(id), how == "draining" ? Intent.Draining : Intent.Serving,
            how == "timed out" ? Liveness.Timeout : Liveness.Alive, who);
    }

    private void Show(Func<string, bool> stays, Intent intent, Liveness liveness, Func<string, bool> changed) => _rig.Show(
        [.. Enumerable.Range(0, 10).Where(i => stays(FleetRig.Id(i))).Select(i => FleetRig.Id(i)).Select(id => Instances.At(
            1 + id[0], id, changed(id) ? intent : Intent.Serving, changed(id) ? liveness : Liveness.Alive,
            metadata: IsCanary(id) ? "canary=true" : "canary=false"))]);
}
