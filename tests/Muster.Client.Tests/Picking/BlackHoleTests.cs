using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Picking;

/// <summary>An instance that fails at once has nothing in flight and is the fastest of all, so whoever compares would send it
/// everything.</summary>
[Trait("pitfall", "fast-failure-black-hole")]
public sealed class BlackHoleTests
{
    private const string BlackHole = "b";
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan GoodCall = TimeSpan.FromMilliseconds(20);

    public static TheoryData<string> Policies => [.. PolicyNames.All];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Pick_OneOfTenFailsAtOnce_GetsHardlyAnything(string policy)
    {
        const int Calls = 60_000;
        using var rig = new FleetRig();

        var failures = Run(rig, policy, Calls, AttemptResult.Failure);

        // Its fair share of a minute would be 6,000. Five in a row, and then one trial after 1, 2, 4, 8, 16 and 32 s, each ± 50 %.
        Assert.InRange(failures, policy == PolicyNames.PickFirst ? 0 : 1, 20);
    }

    // These must not need the circuit to notice: who fails every second call never fails five times in a row.
    [Theory]
    [InlineData(PolicyNames.Adaptive)]
    [InlineData(PolicyNames.LeastRequest)]
    [InlineData(PolicyNames.LeastCpu)]
    [InlineData(PolicyNames.PeakEwma)]
    [InlineData(PolicyNames.Prequal)]
    public void Pick_OneOfTenFailsEverySecondCall_GetsLessThanHalfItsShare(string policy)
    {
        // Outlier detection looks for the first time after 10 s.
        const int Calls = 9_000;
        using var rig = new FleetRig();
        var turn = 0;

        var calls = Run(rig, policy, Calls, () => turn++ % 2 == 0 ? AttemptResult.Failure : AttemptResult.Success);

        Assert.InRange(calls, 1, Calls / 20);
    }

    // "Too many requests" is load: it costs the instance traffic by the policy, and never its place.
    [Theory]
    [InlineData(PolicyNames.RoundRobin, 100, 100)]
    [InlineData(PolicyNames.Adaptive, 1, 100)]
    [InlineData(PolicyNames.LeastRequest, 1, 100)]
    [InlineData(PolicyNames.LeastCpu, 1, 100)]
    [InlineData(PolicyNames.PeakEwma, 1, 100)]
    [InlineData(PolicyNames.Prequal, 1, 100)]
    public void Pick_OneOfTenTurnsAllCallsAwayAtOnce_StaysInTheListWithLessThanItsShare(string policy, int least, int most)
    {
        using var rig = new FleetRig();

        var refused = Run(rig, policy, 1000, AttemptResult.Overload);

        Assert.Equal(BreakerState.Closed, rig.Member(BlackHole).Breaker.State);
        Assert.InRange(refused, least, most);
    }

    // Set aside, it is dear besides; but once it may have its trial it must get one, however few calls there are.
    [Theory]
    [MemberData(nameof(Policies))]
    public void Pick_FewCallsAndOneOfThreeIsWellAgain_GetsItsTrial(string policy)
    {
        using var rig = new FleetRig();
        rig.Show(3);
        var balancer = rig.Balancer(policy);
        rig.Fail(BlackHole);
        for (var i = 0; i < 120 && rig.Member(BlackHole).Breaker.IsOpen; i++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(0.5));
            rig.End(FleetRig.Send(balancer, affinity: (ulong)i * 0x9E3779B97F4A7C15), AttemptResult.Success, GoodCall);
        }

        Assert.Equal(policy == PolicyNames.PickFirst ? rig.Member(BlackHole).Breaker.State : BreakerState.Closed, rig.Member(BlackHole).Breaker.State);
    }

    private static int Run(FleetRig rig, string policy, int calls, AttemptResult result) => Run(rig, policy, calls, () => result);

    /// <returns>Calls that the black hole got.</returns>
    private static int Run(FleetRig rig, string policy, int calls, Func<AttemptResult> result)
    {
        rig.Show(10);
        var balancer = rig.Balancer(policy);
        var running = new Queue<(TimeSpan End, Client.Picking.Member Member)>();
        var count = 0;
        for (var i = 0; i < calls; i++)
        {
            rig.Clock.Advance(BetweenCalls);
            while (running.TryPeek(out var first) && first.End <= rig.Now)
            {
                rig.End(running.Dequeue().Member, AttemptResult.Success, GoodCall);
            }

            var member = FleetRig.Send(balancer);
            if (member.Id == BlackHole)
            {
                var end = result();
                rig.End(member, end, end == AttemptResult.Success ? GoodCall : TimeSpan.Zero);
                count++;
            }
            else
            {
                running.Enqueue((rig.Now + GoodCall, member));
            }
        }

        return count;
    }
}
