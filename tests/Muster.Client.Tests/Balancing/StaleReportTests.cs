using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

/// <summary>Figures that were true a moment ago: whoever runs after the lowest of them makes it the highest.</summary>
[Trait("pitfall", "stale-load-herd")]
public sealed class StaleReportTests
{
    private const int Candidates = 10;
    private const int Idle = 3;

    // weighted_round_robin is no pursuit of the lowest: it takes turns, in proportion to weights that are held within bounds.
    public static TheoryData<string> Readers => [PolicyNames.Adaptive, PolicyNames.LeastCpu, PolicyNames.Prequal, PolicyNames.PeakEwma];

    // Each of many callers that see the same figures sends where one caller does: its picks have to spread by themselves.
    [Theory]
    [MemberData(nameof(Readers))]
    public void Pick_OneLooksIdleAndNothingElseIsHeard_IsNotRunOver(string policy)
    {
        var picks = Reported(policy);

        var counts = new int[Candidates];
        for (var i = 0; i < 1000; i++)
        {
            counts[picks.Send()]++;
        }

        // A fair share is 100; until it has as much to do as the others it may get some twenty more.
        Assert.InRange(counts[Idle], 50, 150);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Pick_FiguresAreTenSecondsOld_SayNothing(string policy)
    {
        var picks = Reported(policy);
        picks.Now += TimeSpan.FromSeconds(10);

        Assert.InRange(picks.Call(1000)[Idle], 50, 150);
    }

    // One of them was idle when all reported.
    private static Picks Reported(string policy)
    {
        var picks = new Picks(policy, Candidates);
        for (var i = 0; i < Candidates; i++)
        {
            var report = new LoadReport { CpuUtilization = i == Idle ? 0.05 : 0.9 };
            picks.Candidates[i].Statistics.OnReport(
                report with { Named = report.Named.Add("rif", i == Idle ? 0 : 20) }, picks.Now);
        }

        return picks;
    }
}
