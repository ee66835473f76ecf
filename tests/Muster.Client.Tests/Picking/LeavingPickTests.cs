using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Tests.Http;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Picking;

public sealed class LeavingPickTests : IDisposable
{
    private readonly FleetRig _rig = new();

    public static TheoryData<string> Policies => [.. PolicyNames.All];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Pick_SaysThatItLeaves_GetsNothingForTenSeconds(string policy)
    {
        Show();
        var balancer = _rig.Balancer(policy);
        _rig.Fleet.OnLeaving(_rig.Member("a"));
        Assert.False(Gets(balancer, "a"));
        _rig.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.False(Gets(balancer, "a"));
        _rig.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(policy == PolicyNames.PickFirst || Gets(balancer, "a"));
    }

    // From the next pick on, at the same instant, and without a timer that would have to come first.
    [Theory]
    [MemberData(nameof(Policies))]
    public void Pick_RegistrySaysThatItDrains_GetsNothingFromTheNextPickOn(string policy)
    {
        Show();
        var balancer = _rig.Balancer(policy);
        Assert.True(policy == PolicyNames.PickFirst || Gets(balancer, "a"));
        var (shownAt, timers) = (_rig.Now, _rig.Clock.ArmedTimersCount);
        _rig.Show(At(1, "a", 2, Intent.Draining), At(2, "b", 1), At(3, "c", 1));
        Assert.False(Gets(balancer, "a"));
        Assert.Equal((shownAt, timers), (_rig.Now, _rig.Clock.ArmedTimersCount));
    }

    // Load reports bring a new view four times a second: they say nothing of its leaving.
    [Fact]
    public void Pick_ViewThatDoesNotMentionIt_ChangesNothing()
    {
        Show();
        var balancer = _rig.Balancer();
        _rig.Fleet.OnLeaving(_rig.Member("a"));
        Show();
        Assert.False(Gets(balancer, "a"));
    }

    [Fact]
    public void Pick_RegistryChangesItsRecordAfterwards_ThatCounts()
    {
        Show();
        var balancer = _rig.Balancer();
        _rig.Fleet.OnLeaving(_rig.Member("a"));
        Show(revision: 2);
        Assert.True(Gets(balancer, "a"));
    }

    [Fact]
    public void Pick_SaysItAgainAfterwards_LeavesAgain()
    {
        Show();
        var balancer = _rig.Balancer();
        _rig.Fleet.OnLeaving(_rig.Member("a"));
        _rig.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(Gets(balancer, "a"));
        _rig.Fleet.OnLeaving(_rig.Member("a"));
        Assert.False(Gets(balancer, "a"));
    }

    // Only who says nothing of the kind is better; it may well answer until the end.
    [Fact]
    public void Pick_NobodyElseIsLeft_IsCalledAllTheSame()
    {
        Show();
        var balancer = _rig.Balancer();
        foreach (var id in new[] { "a", "b", "c" })
        {
            _rig.Fleet.OnLeaving(_rig.Member(id));
        }

        Assert.Equal(3, _rig.Call(balancer, 100).Count);
        Show(revision: 2);
        Assert.Equal(["a", "b"], _rig.Call(balancer, 100).Keys.Order());
    }

    [Fact]
    public void Health_CallsThatEnded_AreCountedWithTheStateOfTheCircuit()
    {
        using var rig = new FleetRig();
        rig.Show(3);
        var balancer = rig.Balancer(PolicyNames.RoundRobin);
        rig.Call(balancer, 30);
        rig.Fail("b");
        var member = FleetRig.Send(balancer);
        rig.End(member, AttemptResult.Cancelled);

        var health = rig.Fleet.Health(rig.Now);
        Assert.Equal(["a", "b", "c"], health.Select(h => h.InstanceId));
        Assert.Equal(new InstanceHealth("a", 10, 0, BreakerState.Closed, null, null), health[0]);
        Assert.Equal((15, 5, BreakerState.Open), (health[1].Calls, health[1].Failures, health[1].State));
        Assert.Equal("too many calls in a row failed", health[1].Reason);
        Assert.InRange(health[1].TrialIn!.Value.TotalSeconds, 0.5, 1.5);

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((BreakerState.Open, TimeSpan.Zero), (rig.Fleet.Health(rig.Now)[1].State, rig.Fleet.Health(rig.Now)[1].TrialIn));
        for (var i = 0; i < 3; i++)
        {
            FleetRig.Send(balancer);
        }

        Assert.Equal((BreakerState.HalfOpen, null), (rig.Fleet.Health(rig.Now)[1].State, rig.Fleet.Health(rig.Now)[1].TrialIn));
    }

    // The uplink takes differences: what outlier detection has looked at must not begin anew.
    [Fact]
    public void Health_AfterOutlierDetection_GoesOnCounting()
    {
        using var rig = new FleetRig();
        rig.Show(1);
        rig.Call(rig.Balancer(), 10);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        rig.Call(rig.Balancer(), 10);
        Assert.Equal(20, rig.Fleet.Health(rig.Now)[0].Calls);
    }

    public void Dispose() => _rig.Dispose();

    private void Show(ulong revision = 1) => _rig.Show(At(1, "a", revision), At(2, "b", revision), At(3, "c", 1));

    private static InstanceView At(int port, string id, ulong revision, Intent intent = Intent.Serving)
    {
        var view = Instances.At(port, id, intent);
        return view with { Record = view.Record with { Revision = new Revision(revision) } };
    }

    private bool Gets(Balancer balancer, string id)
    {
        for (var i = 0; i < 300; i++)
        {
            var member = FleetRig.Send(balancer, (ulong)i);
            _rig.End(member);
            if (member.Id == id)
            {
                return true;
            }
        }

        return false;
    }
}
