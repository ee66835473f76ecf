using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

public sealed class EjectionPickTests : IDisposable
{
    private readonly FleetRig _rig = new();

    public static TheoryData<string> Policies => [.. PolicyNames.All];

    [Theory]
    [MemberData(nameof(Policies))]
    [Trait("pitfall", "shared-circuit")]
    public void Pick_CircuitOpen_GetsNothing(string policy)
    {
        _rig.Show(4);
        var balancer = _rig.Balancer(policy);
        _rig.Fail("b");
        Assert.Equal(BreakerState.Open, _rig.Member("b").Breaker.State);
        Assert.DoesNotContain("b", _rig.Call(balancer, 1000, i => (ulong)i).Keys);
        Assert.Equal(new Exclusions(0, 1, 0), balancer.Excluded);
    }

    // Whether a call could go on is a question: the next call still goes where calls go.
    [Fact]
    public void HasOther_OneForAllCalls_ChangesNothing()
    {
        _rig.Show(4);
        var balancer = _rig.Balancer(PolicyNames.PickFirst);
        var first = FleetRig.Send(balancer);
        Assert.True(balancer.HasOther([first], _rig.Now));
        Assert.True(balancer.CanPickOther([first], _rig.Now));
        _rig.Show(5);
        Assert.Equal(first, FleetRig.Send(balancer));
    }

    [Theory]
    [InlineData(AttemptResult.Success)]
    [InlineData(AttemptResult.Failure)]
    [Trait("pitfall", "everybody-ejected")]
    public async Task Pick_TimeIsOver_OneTrialAmong64Callers(AttemptResult result)
    {
        _rig.Show(4);
        var balancer = _rig.Balancer(PolicyNames.RoundRobin);
        _rig.Fail("b");
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                FleetRig.Send(balancer);
            }
        })));
        var member = _rig.Member("b");
        Assert.Equal(1, member.Statistics.InFlight);
        Assert.Equal(BreakerState.HalfOpen, member.Breaker.State);

        _rig.End(member, result);
        var after = _rig.Call(balancer, 400);
        Assert.Equal(result == AttemptResult.Success ? BreakerState.Closed : BreakerState.Open, member.Breaker.State);
        Assert.Equal(result == AttemptResult.Success ? 100 : 0, after.GetValueOrDefault("b"));
    }

    [Fact]
    public void Pick_HalfAreSetAside_TheOthersServe()
    {
        _rig.Show(4);
        _rig.Fail("a");
        _rig.Fail("b");
        Assert.Equal(["c", "d"], _rig.Call(_rig.Balancer(), 1000).Keys.Order());
    }

    // Then it is not they who have a problem: no reason to crush those that are left.
    [Fact]
    [Trait("pitfall", "everybody-ejected")]
    public void Pick_MoreThanHalfAreSetAside_AllServe()
    {
        _rig.Show(4);
        var balancer = _rig.Balancer();
        _rig.Fail("a");
        _rig.Fail("b");
        _rig.Fail("c");
        for (var i = 0; i < 1000; i++)
        {
            FleetRig.Send(balancer);
        }

        Assert.All(_rig.Fleet.Roster.Members, m => Assert.InRange(m.Statistics.InFlight, 150, 350));
    }

    [Fact]
    public void Pick_AllAreSetAsideAndThereIsNoPanic_FindsNobody()
    {
        using var rig = new FleetRig(new MusterClientOptions { Ejection = new EjectionOptions { PanicThreshold = 0 } });
        rig.Show(2);
        var balancer = rig.Balancer();
        rig.Fail("a");
        rig.Fail("b");
        Assert.False(balancer.TryPick(null, out _, out _));
        Assert.Equal(new Exclusions(0, 2, 0), balancer.Excluded);

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        var trials = new[] { FleetRig.Send(balancer).Id, FleetRig.Send(balancer).Id };
        Assert.Equal(["a", "b"], trials.Order());
        Assert.False(balancer.TryPick(null, out _, out _));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    [Trait("pitfall", "http2-stream-limit")]
    public async Task Pick_InFlightLimit_IsNeverPassed(string policy)
    {
        using var rig = new FleetRig(new MusterClientOptions { Ejection = new EjectionOptions { InFlightMax = 10 } });
        rig.Show(3);
        var balancer = rig.Balancer(policy);
        var picked = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                Interlocked.Add(ref picked, balancer.TryPick((ulong)i, out var _, out var _) ? 1 : 0);
            }
        })));
        Assert.All(rig.Fleet.Roster.Members, m => Assert.InRange(m.Statistics.InFlight, 0, 10));
        Assert.Equal(picked, rig.Fleet.Roster.Members.Sum(m => m.Statistics.InFlight));

        // Who collided above may have been refused; one caller alone finds every place.
        while (balancer.TryPick(null, out _, out _))
        {
            picked++;
        }

        Assert.Equal(30, picked);
        Assert.Equal(new Exclusions(0, 0, 3), balancer.Excluded);
        rig.End(rig.Member("b"));
        Assert.Equal("b", FleetRig.Send(balancer).Id);
    }

    // A caller of one call a minute has nothing that statistics over an interval could look at.
    [Fact]
    [Trait("pitfall", "slow-outlier-detection")]
    public void Pick_OneFailedFiveTimesAMinuteApart_IsSetAside()
    {
        using var rig = new FleetRig();
        rig.Show(10);
        var (balancer, elsewhere) = (rig.Balancer(), rig.Balancer(PolicyNames.PickFirst));
        var member = rig.Member(rig.Call(elsewhere, 1).ContainsKey("c") ? "d" : "c");
        for (var i = 0; i < 5; i++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Single(rig.Call(elsewhere, 1));
            Assert.False(member.Breaker.IsOpen);
            Assert.True(member.TryBegin());
            rig.End(member, AttemptResult.Failure);
        }

        Assert.DoesNotContain(member.Id, rig.Call(balancer, 1000).Keys);
    }

    // No interval in which it is looked at is longer than the option says, whoever calls.
    [Fact]
    [Trait("pitfall", "everybody-ejected")]
    public void Pick_IntervalIsOver_LooksForOutliers()
    {
        using var rig = new FleetRig(new MusterClientOptions { Ejection = new EjectionOptions { ConsecutiveFailures = null } });
        rig.Show(10);
        var balancer = rig.Balancer();
        foreach (var member in rig.Fleet.Roster.Members)
        {
            for (var i = 0; i < 1000; i++)
            {
                Assert.True(member.TryBegin());
                rig.End(member, member.Id is "c" or "f" or "g" ? AttemptResult.Failure : AttemptResult.Success);
            }
        }

        rig.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal(10, rig.Call(balancer, 100).Count);
        rig.Clock.Advance(TimeSpan.FromTicks(1));

        // A tenth of them, no more.
        Assert.Equal(9, rig.Call(balancer, 1000).Count);
        Assert.Equal(new Exclusions(0, 1, 0), balancer.Excluded);
        var ejected = rig.Fleet.Roster.Members.Single(m => m.Breaker.IsOpen);
        Assert.Equal(BreakerReason.FailurePercentage, ejected.Breaker.Reason);
        Assert.InRange((ejected.Breaker.SetAside(rig.Now)!.Value.Until - rig.Now).TotalSeconds, 24, 36);
    }

    public void Dispose() => _rig.Dispose();
}
