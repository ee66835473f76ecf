using Microsoft.AspNetCore.Builder;
using Muster.AspNetCore;
using Muster.Core;

namespace Muster.Client.Tests.AspNetCore;

/// <summary>Each option at its bounds, and just beyond them.</summary>
public sealed class FrontOptionsTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromTicks(1);

    [Fact]
    public void LoadReports_AtTheBounds_AreTaken()
    {
        var options = new MusterLoadReportsOptions();
        options.Validate();
        (options with { LatencyWindow = Limits.LatencyWindowMin, OutOfBandInterval = Limits.OutOfBandIntervalMin, OutOfBandStreamsMax = 1 })
            .Validate();
        (options with
        {
            LatencyWindow = Limits.LatencyWindowMax,
            OutOfBandInterval = Limits.OutOfBandIntervalMax,
            OutOfBandStreamsMax = Limits.OutOfBandStreamsMax,
        }).Validate();
        Assert.Equal(
            (Limits.LatencyWindowDefault, Limits.OutOfBandIntervalDefault, Limits.OutOfBandStreamsDefault),
            (options.LatencyWindow, options.OutOfBandInterval, options.OutOfBandStreamsMax));
    }

    [Fact]
    public void LoadReports_BeyondTheBounds_NameEach()
    {
        var low = new MusterLoadReportsOptions
        {
            LatencyWindow = Limits.LatencyWindowMin - s_tick,
            OutOfBandInterval = Limits.OutOfBandIntervalMin - s_tick,
            OutOfBandStreamsMax = 0,
        };
        var high = new MusterLoadReportsOptions
        {
            LatencyWindow = Limits.LatencyWindowMax + s_tick,
            OutOfBandInterval = Limits.OutOfBandIntervalMax + s_tick,
            OutOfBandStreamsMax = Limits.OutOfBandStreamsMax + 1,
        };

        foreach (var options in new[] { low, high })
        {
            var e = Assert.Throws<ArgumentException>(options.Validate);
            Assert.Contains("LatencyWindow", e.Message, StringComparison.Ordinal);
            Assert.Contains("100 ms to 60000 ms are allowed", e.Message, StringComparison.Ordinal);
            Assert.Contains("OutOfBandInterval", e.Message, StringComparison.Ordinal);
            Assert.Contains("OutOfBandStreamsMax", e.Message, StringComparison.Ordinal);
            Assert.Contains("1 to 100000 are allowed", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Aging_AtTheBounds_IsTaken()
    {
        var options = new MusterConnectionAgingOptions();
        options.Validate();
        (options with { MaxAge = Limits.ConnectionAgeMin, Grace = Limits.ConnectionGraceMin }).Validate();
        (options with { MaxAge = Limits.ConnectionAgeMax, Grace = Limits.ConnectionGraceMax }).Validate();
        (options with { Grace = null }).Validate();
        Assert.Equal((Limits.ConnectionAgeDefault, Limits.ConnectionGraceDefault), (options.MaxAge, options.Grace));
    }

    [Fact]
    public void Aging_BeyondTheBounds_NamesEach()
    {
        var low = new MusterConnectionAgingOptions { MaxAge = Limits.ConnectionAgeMin - s_tick, Grace = Limits.ConnectionGraceMin - s_tick };
        var high = new MusterConnectionAgingOptions { MaxAge = Limits.ConnectionAgeMax + s_tick, Grace = Limits.ConnectionGraceMax + s_tick };

        foreach (var options in new[] { low, high })
        {
            var e = Assert.Throws<ArgumentException>(options.Validate);
            Assert.Contains("MaxAge", e.Message, StringComparison.Ordinal);
            Assert.Contains("Grace", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Start_OptionBeyondItsBound_StopsTheApp()
    {
        var reports = await Assert.ThrowsAsync<ArgumentException>(() => ServedApp.StartAsync(
            s => s.AddMusterLoadReports(o => o with { LatencyWindow = TimeSpan.Zero }), a => a.MapGet("/", () => "ok")));
        var aging = await Assert.ThrowsAsync<ArgumentException>(() => ServedApp.StartAsync(
            s => s.AddMusterConnectionAging(o => o with { MaxAge = TimeSpan.Zero }), a => a.MapGet("/", () => "ok")));

        Assert.Contains("LatencyWindow", reports.Message, StringComparison.Ordinal);
        Assert.Contains("MaxAge", aging.Message, StringComparison.Ordinal);
    }
}
