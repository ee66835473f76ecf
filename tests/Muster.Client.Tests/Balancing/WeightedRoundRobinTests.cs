using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

/// <summary>The weights of gRFC A58, by what they do to the shares.</summary>
public sealed class WeightedRoundRobinTests
{
    private readonly Picks _picks = new(PolicyNames.WeightedRoundRobin, 2);

    [Fact]
    public void Pick_TwiceTheRateAtTheSameUtilization_GetsTwiceAsMuch()
    {
        Settle(Load(rps: 200, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Assert.Equal(2, Ratio(), 0.01);
    }

    [Fact]
    public void Pick_SameRateAtHalfTheUtilization_GetsTwiceAsMuch()
    {
        Settle(Load(rps: 100, cpu: 0.3), Load(rps: 100, cpu: 0.6));
        Assert.Equal(2, Ratio(), 0.01);
    }

    // The first one's utilisation becomes 0.5 + 50 / 100.
    [Fact]
    public void Pick_HalfOfTheAnswersAreErrors_CountsAsUtilization()
    {
        Settle(Load(rps: 100, cpu: 0.5) with { Eps = 50 }, Load(rps: 100, cpu: 0.5));
        Assert.Equal(0.5, Ratio(), 0.01);
    }

    [Fact]
    public void Pick_ApplicationSaysItsUtilization_CpuDoesNotCount()
    {
        Settle(Load(rps: 100, cpu: 0.9) with { ApplicationUtilization = 0.2 }, Load(rps: 100, cpu: 0.4));
        Assert.Equal(2, Ratio(), 0.01);
    }

    [Fact]
    public void Pick_FirstTenSeconds_TakesTurns()
    {
        Report(Load(rps: 200, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Assert.Equal(1, Ratio(), 0.01);
        Advance(UtilizationWeight.BlackoutPeriod - TimeSpan.FromTicks(1));
        Assert.Equal(1, Ratio(), 0.01);
        Advance(WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.Equal(2, Ratio(), 0.01);
    }

    [Fact]
    public void Pick_NothingHeardForThreeMinutes_TakesTurns()
    {
        Settle(Load(rps: 200, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Advance(UtilizationWeight.ExpirationPeriod - UtilizationWeight.BlackoutPeriod - WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.Equal(2, Ratio(), 0.01);
        Advance(WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.Equal(1, Ratio(), 0.01);
    }

    // A58: what has expired has to wait again before it counts.
    [Fact]
    public void Pick_HeardAgainAfterThreeMinutes_WaitsTenSeconds()
    {
        Settle(Load(rps: 200, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Advance(UtilizationWeight.ExpirationPeriod);
        Report(Load(rps: 200, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Advance(WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.Equal(1, Ratio(), 0.01);
        Advance(UtilizationWeight.BlackoutPeriod - WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.Equal(2, Ratio(), 0.01);
    }

    // The rate is over a second, of which nearly all was pause; the utilisation is over the tenth in which calls came back.
    [Theory]
    [InlineData(10, 0.5)]
    [InlineData(100, 0.01)]
    public void Pick_RateAndUtilizationOfDifferentMoments_ChangeTheShareByAFifthOfThemAtMost(double rps, double cpu)
    {
        Settle(Load(rps: 100, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Report(Load(rps, cpu), Load(rps: 100, cpu: 0.5));
        Advance(WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.InRange(Ratio(), 0.8, 1.25);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(100, 0)]
    public void Pick_ReportWithoutRateOrUtilization_SaysNothing(double rps, double cpu)
    {
        Settle(Load(rps: 200, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        Report(Load(rps, cpu), Load(rps: 100, cpu: 0.5));
        Advance(WeightedRoundRobinPolicy.UpdatePeriod);
        Assert.Equal(2, Ratio(), 0.01);
    }

    // Of three, so that two have weights: the third gets their mean, neither a hole nor a flood.
    [Fact]
    public void Pick_OneNeverReports_GetsTheMean()
    {
        var picks = new Picks(PolicyNames.WeightedRoundRobin, 3);
        Report(picks, Load(rps: 300, cpu: 0.5), Load(rps: 100, cpu: 0.5));
        picks.Now += UtilizationWeight.BlackoutPeriod;
        Assert.Equal([1500, 500, 1000], picks.Call(3000).Select(c => (c + 5) / 10 * 10));
    }

    private static LoadReport Load(double rps, double cpu) => new() { Rps = rps, CpuUtilization = cpu };

    private static void Report(Picks picks, params LoadReport[] loads)
    {
        for (var i = 0; i < loads.Length; i++)
        {
            picks.Candidates[i].Statistics.OnReport(loads[i], picks.Now);
        }

        picks.Next();
    }

    private void Report(params LoadReport[] loads) => Report(_picks, loads);

    private void Settle(params LoadReport[] loads)
    {
        Report(loads);
        Advance(UtilizationWeight.BlackoutPeriod);
    }

    private void Advance(TimeSpan by)
    {
        _picks.Now += by;
        _picks.Next();
    }

    private double Ratio()
    {
        var counts = _picks.Call(3000);
        return (double)counts[0] / counts[1];
    }
}
