using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.AspNetCore;
using Muster.Core;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

public sealed class LoadSourceTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RequestMeter _meter;
    private TimeSpan _cpuTime = TimeSpan.FromSeconds(7);

    public LoadSourceTests() => _meter = new RequestMeter(_clock, Limits.LatencyWindowDefault);

    [Fact]
    public void ProcessLoad_HalfOfTwoProcessorsUsed_IsAHalf()
    {
        var source = new ProcessLoadSource(_clock, () => _cpuTime, processors: 2);
        Assert.Null(source.Current);
        Spend(wall: 200, cpu: 200);

        Assert.Equal(0.5, source.Current?.CpuUtilization);
    }

    [Fact]
    public void ProcessLoad_AskedAgainWithinTheWindow_GivesTheSameReport()
    {
        var source = new ProcessLoadSource(_clock, () => _cpuTime, processors: 1);
        Spend(wall: 100, cpu: 20);
        var first = source.Current;
        Spend(wall: 99, cpu: 99);
        Assert.Same(first, source.Current);
        Spend(wall: 1, cpu: 1);

        Assert.Equal(1, source.Current?.CpuUtilization);
    }

    [Fact]
    public void ProcessLoad_WallClockSteps_ChangeNothing()
    {
        var source = new ProcessLoadSource(_clock, () => _cpuTime, processors: 1);
        _clock.StepWallClock(TimeSpan.FromDays(1));
        Spend(wall: 100, cpu: 30);

        Assert.Equal(0.3, source.Current!.CpuUtilization!.Value, 6);
    }

    [Fact]
    public void ProcessLoad_ClocksDisagree_StaysAShare()
    {
        var source = new ProcessLoadSource(_clock, () => _cpuTime, processors: 1);
        Spend(wall: 100, cpu: 101);

        Assert.Equal(1, source.Current?.CpuUtilization);
    }

    [Fact]
    public void Reporter_SourceWithoutOwnFigures_AddsThoseOfTheRequests()
    {
        _meter.Begin();
        var report = Reporter(new Fixed(new LoadReport { CpuUtilization = 0.5 })).Current;

        Assert.Equal((0.5, 1), (report.CpuUtilization, report.Named[OrcaMapping.RequestsInFlight]));
    }

    [Fact]
    public void Reporter_SourceWithOwnFigures_KeepsThem()
    {
        var named = ImmutableSortedDictionary.CreateRange([KeyValuePair.Create(OrcaMapping.RequestsInFlight, 9.0)]);
        var report = Reporter(new Fixed(new LoadReport { Rps = 3, Named = named })).Current;

        Assert.Equal((3, 9), (report.Rps, report.Named[OrcaMapping.RequestsInFlight]));
    }

    [Fact]
    public void Reporter_WithinTenMilliseconds_MeasuresOnceAndEncodesOnceForEachLoad()
    {
        var source = new Fixed(new LoadReport { CpuUtilization = 0.5 });
        var reporter = Reporter(source);
        Assert.Equal("cpu=0.5,rif=0", reporter.Header(0));
        Assert.Same(reporter.Header(0), reporter.Header(0));
        Assert.Same(reporter.Trailer(0), reporter.Trailer(0));
        Assert.Equal(1, source.Asked);
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        _ = reporter.Trailer(0);

        Assert.Equal(2, source.Asked);
    }

    [Fact]
    public void Reporter_WithinTenMilliseconds_RequestsInFlightAreThoseOfNow()
    {
        var reporter = Reporter(new Fixed(new LoadReport()));

        // 64 apart, which share a place: the second must not be told as the first.
        Assert.Equal(["rif=1", "rif=2", "rif=65", "rif=1"], new long[] { 1, 2, 65, 1 }.Select(reporter.Header));
    }

    [Fact]
    public void Reporter_StreamsRun_TellsThemBesideTheRequests()
    {
        _meter.Begin(isStream: true);
        _meter.Begin(isStream: true);
        _meter.Begin();

        Assert.Equal("rif=1,streams=2", Reporter(new Fixed(new LoadReport())).Header(_meter.InFlight));
    }

    [Fact]
    public void Reporter_LatencyOfASlowTimeThatHasPassed_IsTakenBack()
    {
        // Planted: the app was slow when it was last called. Who sees that calls it no more, so nothing else would take it back.
        var slow = _meter.Begin();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _meter.End(slow, RequestEnd.Answered);
        var reporter = Reporter(new Fixed(new LoadReport { Rps = 1 }));
        Assert.Equal("rps=1,lat_ms=1000,rif=0", reporter.Header(0));
        _clock.Advance(Limits.LatencyWindowDefault + TimeSpan.FromMilliseconds(100));

        Assert.Equal("rps=1,rif=0", reporter.Header(0));
    }

    [Fact]
    public void Reporter_SourceFails_ReportsTheRest() =>
        Assert.Equal("rif=0", Reporter(new Broken()).Header(0));

    private LoadReporter Reporter(ILoadSource source) => new(source, _meter, _clock, NullLogger.Instance);

    private void Spend(double wall, double cpu)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(wall));
        _cpuTime += TimeSpan.FromMilliseconds(cpu);
    }

    private sealed class Fixed(LoadReport report) : ILoadSource
    {
        public int Asked { get; private set; }

        public LoadReport? Current
        {
            get
            {
                Asked++;
                return report;
            }
        }
    }

    private sealed class Broken : ILoadSource
    {
        public LoadReport? Current => throw new InvalidOperationException("no counter");
    }
}
