using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

public sealed class LeastCpuTests
{
    [Fact]
    public void Pick_FreshReports_TakesTheLowest()
    {
        var picks = WithReports(0.5, 0.2, 0.9);
        Assert.Equal(1, picks.Next());
    }

    [Fact]
    public void Pick_ReportWithEachResponse_StaysAtTheLowest()
    {
        var picks = WithReports(0.5, 0.2, 0.9);
        for (var i = 0; i < 100; i++)
        {
            var index = picks.Send();
            Assert.Equal(1, index);
            picks.Candidates[index].Statistics.OnWithdrawn();
            picks.Now += TimeSpan.FromMilliseconds(1);
            picks.Report(index, 0.2);
        }
    }

    // One old picture, a thousand picks. The lowest may get more than the others, but never the herd.
    [Fact]
    [Trait("pitfall", "stale-load-herd")]
    public void Pick_OneReportAndThousandPicks_DoesNotHerd()
    {
        var picks = WithReports(0.1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
        var counts = picks.Call(1000);

        // It is 0.4 below the others, so it takes 4 sends more than they do: 4 + 996 / 10.
        Assert.InRange(counts[0], 103, 104);
        Assert.All(counts[1..], c => Assert.InRange(c, 99, 100));
    }

    [Fact]
    public void Pick_EqualReports_TakesEachAtRandom()
    {
        var firsts = new int[4];
        for (ulong seed = 0; seed < 4000; seed++)
        {
            var picks = new Picks(PolicyNames.LeastCpu, 4, seed);
            for (var i = 0; i < 4; i++)
            {
                picks.Report(i, 0.5);
            }

            firsts[picks.Next()]++;
        }

        Assert.All(firsts, f => Assert.InRange(f, 880, 1120));
    }

    [Fact]
    public void Pick_NoReports_IsFewestInFlight()
    {
        var picks = new Picks(PolicyNames.LeastCpu, 3);
        picks.Candidates[0].Statistics.OnSent();
        picks.Candidates[2].Statistics.OnSent();
        Assert.Equal(1, picks.Next());
    }

    [Fact]
    public void Pick_AllReportsWorthless_IsFewestInFlight()
    {
        var picks = WithReports(0.1, 0.9, 0.9);
        picks.Candidates[0].Statistics.OnSent();
        picks.Candidates[2].Statistics.OnSent();
        picks.Now += LeastCpuPolicy.WorthlessAge;
        Assert.Equal(1, picks.Next());
    }

    // Neither a hole that swallows all, nor shunned like the busiest.
    [Fact]
    public void Pick_OneWithoutReport_GetsAboutItsFairShare()
    {
        var counts = WithReports(0.2, 0.8, 0.5, 0.4, null).Call(5000);
        Assert.InRange(counts[4], 500, 1500);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    public void Pick_OneWithoutReportAmongReporters_GetsAboutItsFairShare(int callsPerReport)
    {
        var picks = WithReports(0.5, 0.5, null);
        var counts = new int[3];
        for (var i = 0; i < 10_000; i++)
        {
            var index = picks.Send();
            picks.Candidates[index].Statistics.OnWithdrawn();
            counts[index]++;
            picks.Now += TimeSpan.FromMicroseconds(100);
            if (i % callsPerReport == 0)
            {
                picks.Report(0, 0.5);
                picks.Report(1, 0.5);
            }
        }

        Assert.InRange(counts[2], 2000, 5000);
    }

    // At 7.5 s a report is believed half the time.
    [Fact]
    public void Pick_AgeingReport_FadesOut()
    {
        var picks = WithReports(0.0, 0.5, 0.5, 0.5, 0.5);
        picks.Now += TimeSpan.FromSeconds(7.5);
        for (var i = 1; i < 5; i++)
        {
            picks.Report(i, 0.5);
        }

        var lowest = 0;
        for (var i = 0; i < 10_000; i++)
        {
            lowest += picks.Next() == 0 ? 1 : 0;
        }

        // Half the time certainly, the other half as one of five.
        Assert.InRange(lowest, 5700, 6300);
    }

    [Fact]
    public void Pick_LongCallsOlderThanTheReport_StillCount()
    {
        var picks = new Picks(PolicyNames.LeastCpu, 2);
        for (var i = 0; i < 50; i++)
        {
            picks.Candidates[0].Statistics.OnSent();
        }

        picks.Report(0, 0.3);
        picks.Report(1, 0.5);
        Assert.Equal(1, picks.Next());
    }

    [Fact]
    public void Pick_ManyCandidates_AvoidsTheBusyHalf()
    {
        var picks = new Picks(PolicyNames.LeastCpu, 100);
        for (var i = 0; i < 100; i++)
        {
            picks.Report(i, i < 50 ? 0.2 : 0.9);
        }

        var busy = 0;
        for (var i = 0; i < 10_000; i++)
        {
            busy += picks.Next() >= 50 ? 1 : 0;
        }

        // Both of two fall into the busy half every fourth time; of one of each it is the busy one in 0.7² of 0.7² + 1.4²: a fifth.
        Assert.InRange(busy, 3350, 3650);
    }

    [Fact]
    public void Pick_ApplicationUtilizationWithoutCpu_StandsInForIt()
    {
        var picks = WithReports(0.5, null);
        picks.Candidates[1].Statistics.OnReport(new LoadReport { ApplicationUtilization = 0.1 }, picks.Now);
        Assert.Equal(1, picks.Next());
    }

    private static Picks WithReports(params double?[] cpu)
    {
        var picks = new Picks(PolicyNames.LeastCpu, cpu.Length);
        for (var i = 0; i < cpu.Length; i++)
        {
            if (cpu[i] is { } figure)
            {
                picks.Report(i, figure);
            }
        }

        return picks;
    }
}
