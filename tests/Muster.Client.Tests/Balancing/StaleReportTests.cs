using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

/// <summary>Figures that were true a moment ago: whoever runs after the lowest of them makes it the highest.</summary>
[Trait("pitfall", "stale-load-herd")]
public sealed class StaleReportTests
{
    private const int Idle = 3;

    // Up to 32 all are looked at, of more only some.
    private static readonly int[] s_fleets = [10, 100];

    // weighted_round_robin is no pursuit of the lowest: it takes turns, in proportion to weights that are held within bounds. What
    // peak_ewma reads is in the test of its own.
    public static TheoryData<string, int> Readers => new(
        from policy in new[] { PolicyNames.Adaptive, PolicyNames.LeastCpu, PolicyNames.Prequal }
        from candidates in s_fleets
        select (policy, candidates));

    // Each of many callers that see the same figures sends where one caller does: its picks have to spread by themselves.
    [Theory]
    [MemberData(nameof(Readers))]
    public void Pick_OneLooksIdleAndNothingElseIsHeard_IsNotRunOver(string policy, int candidates)
    {
        // A fair share is 100; until it has as much to do as the others it may get some twenty more.
        Assert.InRange(Send(Reported(policy, candidates), 100 * candidates), 50, 150);
    }

    // Nothing is sent, so that nothing but the figures can say whom to pick.
    [Theory]
    [MemberData(nameof(Readers))]
    public void Pick_FiguresAreTenSecondsOld_SayNothing(string policy, int candidates)
    {
        var picks = Reported(policy, candidates);
        picks.Now += TimeSpan.FromSeconds(10);

        Assert.InRange(Next(picks, 100 * candidates), 50, 150);
    }

    // The first pick of each of many callers that see the same. Of two random ones the idle one is in 2 of 100 pairs, and gets 0.866 of
    // those; all of them would be two fair shares, and whoever looked at all would send everybody there.
    [Fact]
    public void Pick_LeastCpuOfAHundredAndManyCallersSeeTheSame_PrefersTheIdleOneGently()
    {
        Assert.InRange(Next(Reported(PolicyNames.LeastCpu, 100), 100_000), 1600, 1850);
    }

    // Its figures are its own calls' times: one was fast when all were timed last, and nothing is heard since. Two choices bound what that
    // can do, and calls in flight make it dearer.
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void Pick_PeakEwmaAndOneWasFast_GetsTwoSharesAtMostAndFewerAsCallsPileUp(int candidates)
    {
        var picks = new Picks(PolicyNames.PeakEwma, candidates);
        for (var i = 0; i < candidates; i++)
        {
            picks.Candidates[i].Statistics.OnSent();
            picks.Candidates[i].Statistics.OnEnded(AttemptResult.Success, picks.Now, TimeSpan.FromMilliseconds(i == Idle ? 10 : 15));
        }

        Assert.InRange(Next(picks, 100 * candidates), 150, 250);
        Assert.InRange(Send(picks, 100 * candidates), 110, 160);
    }

    // One of them was idle when all reported.
    private static Picks Reported(string policy, int candidates)
    {
        var recent = new RecentReports();
        var picks = new Picks(policy, [.. Enumerable.Range(0, candidates).Select(
            i => new Candidate($"i{i:000}", 1, "", new InstanceStatistics(recent, ramp: null)))]);
        if (policy == PolicyNames.Prequal)
        {
            // It reads answers to its probes alone.
            while (!picks.Probes().Contains(Idle))
            {
            }

            picks.Now += TimeSpan.FromMilliseconds(1);
        }

        for (var i = 0; i < candidates; i++)
        {
            var report = new LoadReport { CpuUtilization = i == Idle ? 0.05 : 0.9 };
            picks.Candidates[i].Statistics.OnReport(
                report with { Named = report.Named.Add("rif", i == Idle ? 0 : 20) }, picks.Now);
        }

        return picks;
    }

    // How often the one that looked idle is picked.
    private static int Next(Picks picks, int times) => Enumerable.Range(0, times).Count(_ => picks.Next() == Idle);

    private static int Send(Picks picks, int times) => Enumerable.Range(0, times).Count(_ => picks.Send() == Idle);
}
