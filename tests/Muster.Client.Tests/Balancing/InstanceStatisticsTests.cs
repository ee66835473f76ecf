using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Tests.Balancing;

public sealed class InstanceStatisticsTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromHours(1);
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

    [Theory]
    [InlineData(Limits.ReportedInFlightMax, 0)]
    [InlineData(Limits.ReportedInFlightMax + 1, 1)]
    public void OnReport_MoreInFlightThanCanBe_IsDroppedAndCounted(double inFlight, long dropped)
    {
        _statistics.OnReport(new LoadReport { Named = ImmutableSortedDictionary<string, double>.Empty.Add("rif", inFlight) }, s_now);
        Assert.Equal(dropped, _statistics.BadReports);
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

    // One that is not called because it failed would stay as dear as it was, and never be tried again.
    [Fact]
    public void ErrorShare_NoCallsSince_FallsWithTheTime()
    {
        End(AttemptResult.Failure, times: 5);
        Assert.InRange(_statistics.ErrorPenaltyAt(s_now), 3, 5);
        Assert.Equal(1, _statistics.ErrorPenaltyAt(s_now + TimeSpan.FromSeconds(11)));
    }

    // Turned away in no time, it would be the idlest and fastest of all.
    [Theory]
    [InlineData(AttemptResult.Failure, true)]
    [InlineData(AttemptResult.Overload, true)]
    [InlineData(AttemptResult.Cancelled, false)]
    public void ErrorPenalty_FailsOrTurnsCallsAway_IsDearer(AttemptResult result, bool isDearer)
    {
        End(result, times: 20);
        Assert.Equal(isDearer, _statistics.ErrorPenaltyAt(s_now) > 5);
    }

    [Theory]
    [InlineData(9, 10)]
    [InlineData(30, 30)]
    public void PeakLatency_CallGivenUp_CountsWhereItTookLongerThanUsual(double waited, double expected)
    {
        End(AttemptResult.Success, latency: 10);
        End(AttemptResult.Cancelled, latency: waited);
        Assert.Equal(expected, _statistics.PeakLatencyMilliseconds(s_now));
    }

    [Fact]
    public void PeakLatency_NothingButCallsGivenUp_IsNotKnown()
    {
        End(AttemptResult.Cancelled, latency: 5);
        Assert.Null(_statistics.PeakLatencyMilliseconds(s_now));
    }

    private void End(AttemptResult result, int times = 1, double latency = 0)
    {
        for (var i = 0; i < times; i++)
        {
            _statistics.OnSent();
            _statistics.OnEnded(result, s_now, TimeSpan.FromMilliseconds(latency));
        }
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
