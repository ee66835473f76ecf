using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

/// <summary>Reports that cannot be true: an instance has at least what this process alone has there.</summary>
[Trait("pitfall", "stale-load-herd")]
public sealed class ReportTrustTests
{
    private const int ReportsPerWindow = 100;

    private static readonly TimeSpan s_step = ReportTrust.Window * 1.01;

    private readonly List<TimeSpan> _doubted = [];
    private readonly ReportTrust _trust = new();
    private TimeSpan _now = TimeSpan.FromHours(1);
    private uint _reports;

    public ReportTrustTests() => _trust.Doubted += _doubted.Add;

    [Fact]
    public void Contradicted_ThreeWindows_AreNotBelievedForAMinute()
    {
        Windows(ReportTrust.WindowsMax, contradicted: 2);
        Assert.True(_trust.IsGivenAt(_now));

        // What is counted in a window is judged when the next one begins.
        Contradict();

        Assert.False(_trust.IsGivenAt(_now));
        Assert.False(_trust.IsGivenAt(_now + TimeSpan.FromSeconds(59.9)));
        Assert.True(_trust.IsGivenAt(_now + TimeSpan.FromMinutes(1)));
        Assert.Equal([TimeSpan.FromMinutes(1)], _doubted);
    }

    [Fact]
    public void Contradicted_InOneBurst_AreBelieved()
    {
        for (var i = 0; i < 1000; i++)
        {
            Contradict();
        }

        _now += s_step;
        Contradict();

        Assert.Empty(_doubted);
    }

    [Fact]
    public void Contradicted_ByFewOfMany_AreBelieved()
    {
        // One below half a hundredth.
        for (var i = 0; i < 100; i++)
        {
            Window(contradicted: 4, reports: 1000);
        }

        Assert.Empty(_doubted);
    }

    [Fact]
    public void Contradicted_ThreeWindowsFarApart_AreBelieved()
    {
        for (var i = 0; i < 10; i++)
        {
            Window(contradicted: 2);
            Contradict();
            _now += ReportTrust.Within;
        }

        Assert.Empty(_doubted);
    }

    [Fact]
    public void Contradicted_AgainAndAgain_AreNotBelievedForTwiceAsLongEachTimeUpToABound()
    {
        for (var i = 0; i < 7; i++)
        {
            UntilDoubted();
        }

        Assert.Equal([1, 2, 4, 8, 16, 16, 16], _doubted.Select(d => d.TotalMinutes));
    }

    [Fact]
    public void Contradicted_AfterTheyWereBelievedForLong_BeginsAnew()
    {
        UntilDoubted();
        UntilDoubted();
        _now += TimeSpan.FromMinutes(3);
        UntilDoubted();

        Assert.Equal([1, 2, 1], _doubted.Select(d => d.TotalMinutes));
    }

    [Theory]
    [InlineData(5, 4, false)]
    [InlineData(5, 3, true)]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, true)]
    public void OnAnswerReport_FewerThanAreThereFromHere_IsContradicted(int inFlight, int reported, bool isContradicted)
    {
        var statistics = InFlight(inFlight, out var recent);

        Answers(statistics, reported, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));

        Assert.Equal(!isContradicted, recent.Trust.IsGivenAt(_now));
    }

    [Fact]
    public void OnAnswerReport_CallsTakeNoLongerThanTheirWay_IsNotContradicted()
    {
        // Ten in flight, and all of them on their way: that takes as long as a call.
        var statistics = InFlight(10, out var recent);

        Answers(statistics, reported: 0, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(52));

        Assert.True(recent.Trust.IsGivenAt(_now));
    }

    [Fact]
    public void OnAnswerReport_AnswersThatAreBeingRead_DoNotCount()
    {
        var statistics = InFlight(10, out var recent);
        for (var i = 0; i < 9; i++)
        {
            statistics.OnReading();
        }

        Answers(statistics, reported: 0, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        Assert.True(recent.Trust.IsGivenAt(_now));

        statistics.OnRead();
        Answers(statistics, reported: 0, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        Assert.False(recent.Trust.IsGivenAt(_now));
    }

    [Fact]
    public void OnAnswerReport_StreamsAreReportedApart_Count()
    {
        var statistics = InFlight(10, out var recent);

        Answers(statistics, reported: 0, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1), streams: 10);

        Assert.True(recent.Trust.IsGivenAt(_now));
    }

    [Theory]
    [InlineData(PolicyNames.Adaptive, 10)]
    [InlineData(PolicyNames.Adaptive, 40)]
    [InlineData(PolicyNames.LeastCpu, 10)]
    [InlineData(PolicyNames.LeastCpu, 40)]
    [InlineData(PolicyNames.Prequal, 10)]
    public void Pick_ReportsAreNotBelieved_GoesByCallsInFlightFromHere(string policy, int candidates)
    {
        var recent = new RecentReports();
        var picks = new Picks(policy, [.. Enumerable.Range(0, candidates).Select(
            i => new Candidate($"i{i:00}", 1, "", new InstanceStatistics(recent, ramp: null)))]);

        // By the reports all but the first are busy; by what is in flight from here, it is.
        picks.Candidates[0].Statistics.OnSent();
        (picks.Picker as IProbingPicker)?.ChooseProbes(new PickContext(picks.Now, picks.Random), stackalloc int[IProbingPicker.ProbesPerCallMax]);
        picks.Now += TimeSpan.FromMilliseconds(1);
        Reports();
        Doubt(recent, picks.Now);
        picks.Now += ReportTrust.Window;
        Reports();

        var counts = new int[candidates];
        for (var i = 0; i < 200; i++)
        {
            counts[picks.Next()]++;
        }

        Assert.Equal(0, counts[0]);
        Assert.All(counts[1..], count => Assert.True(count > 0));
        Assert.Contains(
            policy == PolicyNames.Prequal ? "not believed" : "and not believed",
            picks.Picker.Explain(1, new PickContext(picks.Now, picks.Random)), StringComparison.Ordinal);
        if (picks.Picker is IProbingPicker)
        {
            // Nobody is asked for what nobody would use.
            Assert.All(Enumerable.Range(0, 100), _ => Assert.Empty(picks.Probes()));
        }

        void Reports()
        {
            for (var i = 0; i < candidates; i++)
            {
                var report = new LoadReport { CpuUtilization = i == 0 ? 0.05 : 0.9 };
                picks.Candidates[i].Statistics.OnReport(report with { Named = report.Named.Add("rif", i == 0 ? 1 : 20) }, picks.Now);
            }
        }
    }

    private static void Doubt(RecentReports recent, TimeSpan now)
    {
        for (var i = ReportTrust.WindowsMax; i >= 0; i--)
        {
            recent.Trust.OnContradicted(now - (s_step * i), recent.Count);
            recent.Trust.OnContradicted(now - (s_step * i), recent.Count);
        }

        Assert.False(recent.Trust.IsGivenAt(now));
    }

    private static InstanceStatistics InFlight(int count, out RecentReports recent)
    {
        recent = new RecentReports();
        var statistics = new InstanceStatistics(recent, ramp: null);
        for (var i = 0; i < count; i++)
        {
            statistics.OnSent();
        }

        return statistics;
    }

    // For as long as it takes: one short call, and then long ones.
    private void Answers(InstanceStatistics statistics, int reported, TimeSpan shortest, TimeSpan took, int streams = 0)
    {
        var report = new LoadReport();
        report = report with { Named = report.Named.Add("rif", reported).Add("streams", streams) };
        statistics.OnAnswerReport(report, _now += TimeSpan.FromMilliseconds(1), _now - shortest);
        for (var i = 0; i < 100; i++)
        {
            statistics.OnAnswerReport(report, _now += TimeSpan.FromMilliseconds(50), _now - took);
        }
    }

    private void UntilDoubted()
    {
        var before = _doubted.Count;
        while (_doubted.Count == before)
        {
            Window(contradicted: 2);
        }

        _now += _doubted[^1];
    }

    private void Windows(int count, int contradicted)
    {
        for (var i = 0; i < count; i++)
        {
            Window(contradicted);
        }
    }

    private void Window(int contradicted, int reports = ReportsPerWindow)
    {
        for (var i = 0; i < contradicted; i++)
        {
            Contradict();
        }

        _reports += (uint)(reports - contradicted);
        _now += s_step;
    }

    private void Contradict() => _trust.OnContradicted(_now, ++_reports);
}
