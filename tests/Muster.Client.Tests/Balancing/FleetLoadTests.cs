using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;

namespace Muster.Client.Tests.Balancing;

/// <summary>How adaptive reads reports: what each instance has from others, how fast it is, and how both age.</summary>
public sealed class FleetLoadTests
{
    private readonly Picks _picks = new(PolicyNames.Adaptive, 4);
    private readonly FleetLoad _load;

    public FleetLoadTests() => _load = new FleetLoad(_picks.Candidates);

    // e^-1 of what it is away from the mean is left, after 10 ms where nobody says how long requests take, else after a quarter of that.
    [Theory]
    [InlineData(null, 10)]
    [InlineData(400.0, 100)]
    public void Others_ReportAges_GoesToTheMeanOfAll(double? milliseconds, double tauMilliseconds)
    {
        Report(milliseconds, 0, 10, 20, 30);
        Assert.Equal(30, Others(3));
        _picks.Now += TimeSpan.FromMilliseconds(tauMilliseconds);
        Assert.InRange(Others(3) - 15, 15 * 0.35, 15 * 0.39);
        Assert.InRange(15 - Others(0), 15 * 0.35, 15 * 0.39);
        _picks.Now += TimeSpan.FromMilliseconds(100 * tauMilliseconds);
        Assert.Equal(15, Others(3), 0.01);
    }

    [Fact]
    public void Others_NoReport_IsTheMeanOfAll()
    {
        Report(null, 10, 20, 60);
        Assert.Equal(30, Others(3), 0.01);
    }

    [Fact]
    public void Others_NobodyReports_IsNothing()
    {
        _load.Refresh(_picks.Now);
        Assert.False(_load.IsReported);
        Assert.Equal(0, Others(0));
    }

    // Fifty time constants after the first two.
    [Fact]
    public void Others_MeanOfOldAndNewReports_IsThatOfTheNewOnes()
    {
        Report(null, 100, 100);
        _picks.Now += TimeSpan.FromMilliseconds(500);
        _picks.ReportInFlight(2, 10);
        _load.Refresh(_picks.Now);
        Assert.Equal(10, Others(3), 0.01);
    }

    // The median is 100; a tenth and thirty times count like a third and three times.
    [Theory]
    [InlineData(131, 1)]
    [InlineData(77, 1)]
    [InlineData(150, 1.5)]
    [InlineData(50, 0.5)]
    [InlineData(3000, 3)]
    [InlineData(10, 1 / 3.0)]
    public void Slowness_LatencyBesideTheMedian_IsItsRatioOrOne(double milliseconds, double slowness)
    {
        Latencies(100, 100, 100, milliseconds);
        Assert.Equal(slowness, _load.Slowness(3), 0.001);
        Assert.Equal(1, _load.Slowness(0));
    }

    // Ten times as long, but by less than a millisecond; and a little more than that.
    [Theory]
    [InlineData(0.1, 1.05, 1)]
    [InlineData(0.1, 1.15, 3)]
    [InlineData(1.2, 0.25, 1)]
    [InlineData(1.3, 0.25, 1 / 3.0)]
    public void Slowness_LessThanAMillisecond_IsNone(double median, double milliseconds, double slowness)
    {
        Latencies(median, median, median, milliseconds);
        Assert.Equal(slowness, _load.Slowness(3), 0.001);
    }

    [Fact]
    public void Slowness_NothingIsHeardAnyMore_AgesWithinSeconds()
    {
        Latencies(100, 100, 100, 300);
        _picks.Now += TimeSpan.FromSeconds(2);
        _load.Refresh(_picks.Now);
        Assert.InRange(_load.Slowness(3), 1 + (2 * 0.35), 1 + (2 * 0.39));
        _picks.Now += TimeSpan.FromSeconds(10);
        _load.Refresh(_picks.Now);
        Assert.Equal(1, _load.Slowness(3));
    }

    [Fact]
    public void Slowness_OneSaysNothing_IsLikeAllOthers()
    {
        Latencies(100, 100, 300);
        Assert.Equal(1, _load.Slowness(3));
    }

    // A twentieth of the way with each look: noise moves nothing.
    [Fact]
    public void Slowness_OneStrayFigure_IsAveragedAway()
    {
        Latencies(100, 100, 100, 100);
        _picks.Now += TimeSpan.FromMilliseconds(50);
        Latencies(100, 100, 100, 600);
        Assert.Equal(1, _load.Slowness(3));
    }

    // A look at all reports is what a pick cannot afford each time.
    [Fact]
    public void Refresh_LessThanFiftyMillisecondsLater_DoesNothing()
    {
        Report(null, 10, 10, 10);
        _picks.Now += TimeSpan.FromMilliseconds(49);
        Report(null, 50, 50, 50);
        Assert.Equal(10, Others(3), 0.01);
        _picks.Now += TimeSpan.FromMilliseconds(1);
        _load.Refresh(_picks.Now);
        Assert.Equal(50, Others(3), 0.01);
    }

    [Fact]
    public void RequestSize_Weights_IsTheMeanWeightByItsOwn()
    {
        var load = new FleetLoad([Picks.Instance(0, 1), Picks.Instance(1, 3)]);
        Assert.True(load.IsWeighted);
        Assert.Equal((2.0, 2 / 3.0), (load.RequestSize(0), load.RequestSize(1)));
    }

    [Fact]
    public void RequestSize_EqualWeights_IsOne()
    {
        var load = new FleetLoad([Picks.Instance(0, 3), Picks.Instance(1, 3)]);
        Assert.False(load.IsWeighted);
        Assert.Equal((1.0, 1.0), (load.RequestSize(0), load.RequestSize(1)));
    }

    // 2 requests at weight 1 and 12 at weight 3 are 4 and 8 of mean weight. Forgotten, they are 6 each: 3 requests, and 9.
    [Fact]
    public void Others_Weights_AreMeasuredByThemAndSoIsTheMean()
    {
        var picks = new Picks(PolicyNames.Adaptive, [Picks.Instance(0, 1), Picks.Instance(1, 3)]);
        var load = new FleetLoad(picks.Candidates);
        picks.ReportInFlight(0, 2);
        picks.ReportInFlight(1, 12);
        load.Refresh(picks.Now);
        Assert.Equal((4.0, 8.0), (OthersOf(0), OthersOf(1)));
        picks.Now += TimeSpan.FromSeconds(1);
        Assert.Equal((6.0, 6.0), (Math.Round(OthersOf(0), 3), Math.Round(OthersOf(1), 3)));

        double OthersOf(int index) => load.Others(picks.Candidates[index].Statistics, load.RequestSize(index), picks.Now);
    }

    private double Others(int index) => _load.Others(_picks.Candidates[index].Statistics, requestSize: 1, _picks.Now);

    private void Report(double? milliseconds, params double[] inFlight)
    {
        for (var i = 0; i < inFlight.Length; i++)
        {
            _picks.ReportInFlight(i, inFlight[i], milliseconds);
        }

        _load.Refresh(_picks.Now);
    }

    private void Latencies(params double[] milliseconds)
    {
        for (var i = 0; i < milliseconds.Length; i++)
        {
            _picks.ReportInFlight(i, 5, milliseconds[i]);
        }

        _load.Refresh(_picks.Now);
    }
}
