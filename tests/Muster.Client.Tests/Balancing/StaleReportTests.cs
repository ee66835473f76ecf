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

    // weighted_round_robin is no pursuit of the lowest: it takes turns, in proportion to weights that are held within bounds.
    public static TheoryData<string, int> Readers => new(
        from policy in new[] { PolicyNames.Adaptive, PolicyNames.LeastCpu, PolicyNames.Prequal, PolicyNames.PeakEwma }
        from candidates in s_fleets
        select (policy, candidates));

    // Each of many callers that see the same figures sends where one caller does: its picks have to spread by themselves.
    [Theory]
    [MemberData(nameof(Readers))]
    public void Pick_OneLooksIdleAndNothingElseIsHeard_IsNotRunOver(string policy, int candidates)
    {
        var picks = Reported(policy, candidates);

        var counts = new int[candidates];
        for (var i = 0; i < 100 * candidates; i++)
        {
            counts[picks.Send()]++;
        }

        // A fair share is 100; until it has as much to do as the others it may get some twenty more.
        Assert.InRange(counts[Idle], 50, 150);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Pick_FiguresAreTenSecondsOld_SayNothing(string policy, int candidates)
    {
        var picks = Reported(policy, candidates);
        picks.Now += TimeSpan.FromSeconds(10);

        Assert.InRange(picks.Call(100 * candidates)[Idle], 50, 150);
    }

    // One of them was idle when all reported.
    private static Picks Reported(string policy, int candidates)
    {
        var recent = new RecentReports();
        var picks = new Picks(policy, [.. Enumerable.Range(0, candidates).Select(
            i => new Candidate($"i{i:000}", 1, "", new InstanceStatistics(recent, ramp: null)))]);
        for (var i = 0; i < candidates; i++)
        {
            var report = new LoadReport { CpuUtilization = i == Idle ? 0.05 : 0.9 };
            picks.Candidates[i].Statistics.OnReport(
                report with { Named = report.Named.Add("rif", i == Idle ? 0 : 20) }, picks.Now);
        }

        return picks;
    }
}
