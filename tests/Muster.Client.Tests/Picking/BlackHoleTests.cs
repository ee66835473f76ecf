using Muster.Client.Balancing;

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

    // The default must not need the circuit to notice: who fails every second call never fails five times in a row.
    [Fact]
    public void Pick_AdaptiveAndOneOfTenFailsEverySecondCall_GetsLessThanHalfItsShare()
    {
        // Outlier detection looks for the first time after 10 s.
        const int Calls = 9_000;
        using var rig = new FleetRig();
        var turn = 0;

        var calls = Run(rig, PolicyNames.Adaptive, Calls, () => turn++ % 2 == 0 ? AttemptResult.Failure : AttemptResult.Success);

        Assert.InRange(calls, 1, Calls / 20);
    }

    // "Too many requests" is load: it costs the instance traffic by the policy, and never its place.
    [Fact]
    public void Pick_OneIsOverloaded_StaysInTheList()
    {
        using var rig = new FleetRig();

        var refused = Run(rig, PolicyNames.RoundRobin, 1000, AttemptResult.Overload);

        Assert.Equal(100, refused);
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
                rig.End(member, result(), TimeSpan.Zero);
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
