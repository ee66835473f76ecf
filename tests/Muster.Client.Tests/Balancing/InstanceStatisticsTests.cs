using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

public sealed class InstanceStatisticsTests
{
    private readonly InstanceStatistics _statistics = new();

    [Fact]
    public void OnReport_Newer_Replaces()
    {
        Assert.True(_statistics.OnReport(Cpu(0.1), TimeSpan.FromSeconds(1)));
        Assert.True(_statistics.OnReport(Cpu(0.2), TimeSpan.FromSeconds(2)));
        Assert.Equal(0.2, _statistics.Load!.Report.CpuUtilization);
    }

    // The registry's view brings the same report with every change: it must not restart the count of own sends.
    [Fact]
    public void OnReport_OlderOrTheSame_IsDropped()
    {
        _statistics.OnReport(Cpu(0.2), TimeSpan.FromSeconds(2));
        _statistics.OnSent();
        _statistics.OnWithdrawn();
        Assert.False(_statistics.OnReport(Cpu(0.1), TimeSpan.FromSeconds(1)));
        Assert.False(_statistics.OnReport(Cpu(0.2), TimeSpan.FromSeconds(2)));
        Assert.Equal(1u, _statistics.SendsSince(_statistics.Load!));
        Assert.Equal(0, _statistics.BadReports);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.01)]
    [InlineData(100.01)]
    public void OnReport_ImpossibleFigure_IsDroppedAndCounted(double cpu)
    {
        _statistics.OnReport(Cpu(0.2), TimeSpan.FromSeconds(1));
        Assert.False(_statistics.OnReport(Cpu(cpu), TimeSpan.FromSeconds(2)));
        Assert.Equal(0.2, _statistics.Load!.Report.CpuUtilization);
        Assert.Equal(1, _statistics.BadReports);
    }

    [Fact]
    public void SendsSince_CallsInFlightAtTheReport_AreNotCovered()
    {
        _statistics.OnSent();
        _statistics.OnSent();
        _statistics.OnWithdrawn();
        _statistics.OnReport(Cpu(0.2), TimeSpan.FromSeconds(1));
        _statistics.OnSent();
        Assert.Equal(2u, _statistics.SendsSince(_statistics.Load!));
    }

    [Fact]
    public async Task OnSentAndOnEnded_FromManyThreads_LoseNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                _statistics.OnSent();
                if (i % 10 != 0)
                {
                    _statistics.OnWithdrawn();
                }
            }
        })));
        Assert.Equal(400_000u, _statistics.Sends);
        Assert.Equal(40_000, _statistics.InFlight);
    }

    private static LoadReport Cpu(double cpu) => new() { CpuUtilization = cpu };

    [Fact]
    public void OnReport_WithStreamsOfOurs_CountsThemAsOursAndNotAsIdleness()
    {
        for (var i = 0; i < 5; i++)
        {
            _statistics.OnSent();
        }

        // Four of the five are streams; the instance has six requests, one of them ours, and ten streams.
        var named = ImmutableSortedDictionary<string, double>.Empty.Add("rif", 6).Add("streams", 10);
        Assert.True(_statistics.OnReport(new LoadReport { Named = named }, TimeSpan.FromHours(1)));
        Assert.Equal(11, _statistics.Load!.OthersInFlight);
    }
}
