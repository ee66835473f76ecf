using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Muster.AspNetCore;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

public sealed class LoadSourceTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RequestMeter _meter;
    private TimeSpan _cpuTime = TimeSpan.FromSeconds(7);

    public LoadSourceTests() => _meter = new RequestMeter(_clock);

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
    public void Reporter_WithinTenMilliseconds_EncodesOnce()
    {
        var source = new Fixed(new LoadReport { CpuUtilization = 0.5 });
        var reporter = Reporter(source);
        Assert.Same(reporter.Trailer, reporter.Trailer);
        Assert.Equal("cpu=0.5,rif=0", reporter.Header);
        Assert.Equal(1, source.Asked);
        _clock.Advance(TimeSpan.FromMilliseconds(10));
        _ = reporter.Trailer;

        Assert.Equal(2, source.Asked);
    }

    [Fact]
    public void Reporter_SourceFails_ReportsTheRest() =>
        Assert.Equal("rif=0", Reporter(new Broken()).Header);

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
