using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Client.Tests.Picking;

namespace Muster.Client.Tests.Balancing;

/// <summary>What adaptive promises beyond how it reads reports (<see cref="FleetLoadTests"/>): whom it looks at, and whom it probes.</summary>
public sealed class AdaptiveTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(32)]
    public void Pick_FewCandidates_FindsTheOneThatReportsTheLeast(int count)
    {
        var picks = new Picks(PolicyNames.Adaptive, count);
        for (var i = 0; i < count; i++)
        {
            picks.ReportInFlight(i, i == 1 ? 4 : 5);
        }

        Assert.Equal(1000, Enumerable.Range(0, 1000).Count(_ => picks.Next() == 1));
    }

    [Fact]
    public void Pick_NobodyReports_FindsTheOneWithTheFewestCallsFromHere()
    {
        var picks = new Picks(PolicyNames.Adaptive, AdaptivePolicy.ScanMax);
        Busy(picks, except: 7);
        Assert.Equal(1000, picks.Call(1000)[7]);
    }

    [Fact]
    public void Pick_CallsFromHereAndFromOthers_CountAlike()
    {
        var picks = new Picks(PolicyNames.Adaptive, 2);
        picks.ReportInFlight(0, 0);
        picks.ReportInFlight(1, 3);
        Assert.Equal([0, 0, 0], Enumerable.Range(0, 3).Select(_ => picks.Send()));
        picks.Candidates[0].Statistics.OnSent();
        Assert.Equal(1, picks.Next());
    }

    // 10 reported, 4 of them from here: 6 from others, and these stay when ours have ended.
    [Fact]
    public void Pick_OwnCallsAreInTheReport_CountOnce()
    {
        var picks = new Picks(PolicyNames.Adaptive, 2);
        for (var i = 0; i < 4; i++)
        {
            picks.Candidates[0].Statistics.OnSent();
        }

        picks.ReportInFlight(0, 10);
        picks.ReportInFlight(1, 7);
        Assert.StartsWith("cost 11: 4 in flight from here, 6 from others", Explain(picks, 0), StringComparison.Ordinal);
        Assert.Equal(1, picks.Next());

        for (var i = 0; i < 4; i++)
        {
            picks.Candidates[0].Statistics.OnWithdrawn();
        }

        Assert.StartsWith("cost 7: 0 in flight from here, 6 from others", Explain(picks, 0), StringComparison.Ordinal);
        Assert.Equal(0, picks.Next());
    }

    [Fact]
    public void Pick_Weights_HaveCallsInFlightInProportion()
    {
        var picks = new Picks(PolicyNames.Adaptive, [Picks.Instance(0, 1), Picks.Instance(1, 3)]);
        for (var i = 0; i < 40; i++)
        {
            picks.Send();
        }

        Assert.InRange(picks.Candidates[1].Statistics.InFlight, 29, 31);
    }

    // The call to come is a smaller part of the heaviest: it is the cheapest by far, and nobody would ever see the others.
    [Fact]
    public void Pick_WeightsAndNothingToDo_SharesCallsByWeight()
    {
        var picks = new Picks(PolicyNames.Adaptive, [Picks.Instance(0, 1), Picks.Instance(1, 3), Picks.Instance(2, 6)]);
        var counts = picks.Call(20_000);
        Shares.AssertBinomial(0.1, 20_000, counts[0]);
        Shares.AssertBinomial(0.3, 20_000, counts[1]);
        Assert.Contains("slowness 1, 0.3 times the mean weight, no report", Explain(picks, 0), StringComparison.Ordinal);
    }

    // Three requests of others, which nobody has said anything of for five time constants.
    [Fact]
    public void Pick_WeightsAndOldReports_SharesCallsByWeight()
    {
        var picks = new Picks(PolicyNames.Adaptive, [Picks.Instance(0, 1), Picks.Instance(1, 4)]);
        picks.ReportInFlight(0, 3);
        picks.ReportInFlight(1, 0);
        picks.Now += TimeSpan.FromMilliseconds(50);
        Shares.AssertBinomial(0.2, 20_000, picks.Call(20_000)[0]);
    }

    [Fact]
    public void Pick_ManyCandidatesOfTwoWeights_HeaviestIsNotTheOnlyOne()
    {
        var recent = new RecentReports();
        var picks = new Picks(
            PolicyNames.Adaptive,
            [.. Enumerable.Range(0, 40).Select(i => Picks.Instance(i, i == 3 ? 10 : 1) with { Statistics = new InstanceStatistics(recent, null) })]);
        for (var i = 0; i < 16; i++)
        {
            picks.ReportInFlight(i, 0);
        }

        var counts = new int[40];
        for (var i = 0; i < 4000; i++)
        {
            var index = Array.IndexOf(picks.Call(1), 1);
            counts[index]++;
            picks.ReportInFlight(index, 0);
            Array.ForEach(picks.Probes(), p => picks.ReportInFlight(p, 0));
            picks.Now += TimeSpan.FromMilliseconds(20);
        }

        // Its share is 816. It is more where few are looked at; but not all, which it would be by cost alone.
        Assert.InRange(counts[3], 816, 3200);
        Assert.DoesNotContain(0, counts);
    }

    // By weight is for those who are as good.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pick_WeightsAndOneIsSlowOrFails_IsNotForItsWeight(bool isSlow)
    {
        var picks = new Picks(PolicyNames.Adaptive, [Picks.Instance(0, 10), Picks.Instance(1, 10), Picks.Instance(2, 9)]);
        for (var i = 0; i < 3; i++)
        {
            picks.ReportInFlight(i, 0, milliseconds: isSlow && i == 0 ? 200 : 100);
        }

        for (var i = 0; i < 2 && !isSlow; i++)
        {
            picks.Candidates[0].Statistics.OnSent();
            picks.Candidates[0].Statistics.OnEnded(AttemptResult.Failure, picks.Now, null);
        }

        var counts = picks.Call(20_000);
        Assert.Equal(0, counts[0]);
        Shares.AssertBinomial(10 / 19.0, 20_000, counts[1]);
    }

    // Twice as slow: once less often as busy as the other.
    [Fact]
    public void Pick_OneIsTwiceAsSlow_HasHalfAsManyCallsInFlight()
    {
        var picks = new Picks(PolicyNames.Adaptive, 3);
        for (var i = 0; i < 3; i++)
        {
            picks.ReportInFlight(i, 0, milliseconds: i == 1 ? 200 : 100);
        }

        for (var i = 0; i < 50; i++)
        {
            picks.Send();
        }

        Assert.InRange(picks.Candidates[1].Statistics.InFlight, 9, 11);
    }

    [Fact]
    [Trait("pitfall", "fast-failure-black-hole")]
    public void Pick_OneFails_IsDearer()
    {
        var picks = new Picks(PolicyNames.Adaptive, 2);
        for (var i = 0; i < 2; i++)
        {
            picks.Candidates[0].Statistics.OnSent();
            picks.Candidates[0].Statistics.OnEnded(AttemptResult.Failure, picks.Now, null);
        }

        Assert.Equal([0, 100], picks.Call(100));
    }

    // With replacement a busy one would be compared with itself.
    [Fact]
    [Trait("pitfall", "same-candidate-twice")]
    public void Pick_ManyCandidatesAndNobodyReports_ComparesTwoDifferentOnes()
    {
        const int Many = AdaptivePolicy.ScanMax + 1;
        var picks = new Picks(PolicyNames.Adaptive, Many);
        picks.Candidates[4].Statistics.OnSent();
        Assert.Equal(0, picks.Call(20_000)[4]);

        Busy(picks, except: 7);
        picks.Candidates[7].Statistics.OnSent();
        picks.Candidates[4].Statistics.OnSent();
        Busy(picks, except: 7);
        Shares.AssertBinomial(2.0 / Many, 20_000, picks.Call(20_000)[7]);
    }

    // The last sixteen of twenty, the one with the least to do first, each once: 16, 15 and so on from others.
    [Fact]
    public void Pick_ManyCandidates_TakesTheSixteenThatReportedLastOnceEach()
    {
        var picks = Reporting(40);
        for (var i = 0; i < 20; i++)
        {
            picks.ReportInFlight(i, 20 - i);
        }

        Assert.Equal(Enumerable.Range(4, 16).Reverse(), Enumerable.Range(0, 16).Select(_ => picks.Next()));
        Assert.InRange(Enumerable.Range(0, 100).Select(_ => picks.Next()).Distinct().Count(), 20, 40);
    }

    // It has nothing to do, so it would win every comparison.
    [Theory]
    [InlineData(8)]
    [InlineData(AdaptivePolicy.ScanMax + 8)]
    [Trait("pitfall", "idle-newcomer")]
    public void Pick_NewcomerThatLooksIdle_GetsItsShareOfTwoChoices(int count)
    {
        var picks = Reporting(count, newcomer: 3);
        Busy(picks, except: 3);
        Shares.AssertBinomial(0.5 * 2 / count, 50_000, picks.Call(50_000)[3]);
    }

    // Half its weight of all that is idle.
    [Fact]
    [Trait("pitfall", "idle-newcomer")]
    public void Pick_NewcomerAndWeights_GetsItsShareOfItsWeight()
    {
        var picks = Reporting(4, newcomer: 1);
        picks.Rebuild(picks.Candidates.SetItem(0, picks.Candidates[0] with { Weight = 2 }));
        Shares.AssertBinomial(0.5 / 4.5, 20_000, picks.Call(20_000)[1]);
    }

    [Fact]
    [Trait("pitfall", "idle-newcomer")]
    public void Pick_NewcomerAmongThoseThatReportedLast_GetsItsShareOfTheReports()
    {
        var hits = 0;
        for (ulong seed = 0; seed < 2000; seed++)
        {
            var picks = Reporting(40, newcomer: 3, seed);
            picks.ReportInFlight(3, 0);
            picks.ReportInFlight(4, 5);
            var index = picks.Next();
            Assert.InRange(index, 3, 4);
            hits += index == 3 ? 1 : 0;
        }

        Shares.AssertBinomial(0.5, 2000, hits);
    }

    [Fact]
    public void Probes_ManyCalls_EveryFourthAsksAnybody()
    {
        var picks = new Picks(PolicyNames.Adaptive, 10);
        picks.ReportInFlight(0, 5);
        var counts = new int[10];
        for (var i = 0; i < 20_000; i++)
        {
            picks.Now += TimeSpan.FromMilliseconds(10);
            picks.Next();
            Array.ForEach(picks.Probes(), t => counts[t]++);
        }

        Shares.AssertBinomial(0.25, 20_000, counts.Sum());
        Assert.All(counts, c => Shares.AssertBinomial(0.1, counts.Sum(), c));
    }

    // 10,000 calls a second for ten seconds, and the burst.
    [Fact]
    public void Probes_CallsAreMany_AreAHundredASecondAtMost()
    {
        var picks = new Picks(PolicyNames.Adaptive, 10);
        picks.ReportInFlight(0, 5);
        picks.Next();
        var sent = 0;
        for (var i = 0; i < 100_000; i++)
        {
            picks.Now += TimeSpan.FromMicroseconds(100);
            sent += picks.Probes().Length;
        }

        Assert.InRange(sent, 950, 1000 + 11);
    }

    [Fact]
    public void Probes_NobodyReports_AsksNobody()
    {
        var picks = new Picks(PolicyNames.Adaptive, 10);
        picks.Call(10);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Empty(picks.Probes()));
    }

    private static void Busy(Picks picks, int except)
    {
        for (var i = 0; i < picks.Candidates.Length; i++)
        {
            if (i != except)
            {
                picks.Candidates[i].Statistics.OnSent();
            }
        }
    }

    // Candidates of one service, whose reports are known together; a newcomer is half way to its full share.
    private static Picks Reporting(int count, int newcomer = -1, ulong seed = 1)
    {
        var (recent, length) = (new RecentReports(), TimeSpan.FromSeconds(30));
        var ramp = new NewcomerRamp(TimeSpan.FromHours(1) - (length / 2), length);
        ramp.OnSuccess();
        return new Picks(PolicyNames.Adaptive, [.. Enumerable.Range(0, count).Select(
            i => new Candidate($"i{i:00}", 1, "", new InstanceStatistics(recent, i == newcomer ? ramp : null)))], seed);
    }

    private static string Explain(Picks picks, int index) => picks.Picker.Explain(index, new PickContext(picks.Now, picks.Random));
}
