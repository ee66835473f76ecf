using Muster.AspNetCore;

namespace Muster.Client.Tests.AspNetCore;

public sealed class LatencyByLoadTests
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(3);
    private readonly LatencyByLoad _latency = new(s_window);
    private TimeSpan _now = TimeSpan.FromHours(5);

    [Fact]
    public void Near_DifferentLoads_KeepsThemApart()
    {
        Add(1, 5, 5, 5);
        Add(100, 80, 80, 80);

        Assert.Equal(5, _latency.Near(0, _now));
        Assert.Equal(5, _latency.Near(1, _now));
        Assert.Equal(80, _latency.Near(90, _now));
    }

    [Fact]
    public void Near_LoadWithoutFigure_TakesTheClosest()
    {
        Add(64, 30);

        Assert.Equal(30, _latency.Near(1, _now));
        Assert.Equal(30, _latency.Near(1_000_000, _now));
    }

    [Fact]
    public void Near_FewerThanThree_AsksTheLoadsBeside()
    {
        Add(8, 10);
        Add(4, 20);
        Add(16, 30);
        Add(1, 1, 1, 1, 1);

        Assert.Equal(20, _latency.Near(8, _now));
    }

    [Fact]
    public void Near_OneInFiveTakesAHundredTimesAsLong_TellsOfTheOtherFour()
    {
        Add(1, 10, 10, 1000, 10, 10);

        Assert.Equal(10, _latency.Near(1, _now));
    }

    [Fact]
    public void Near_SlowFigureOfALoadThatHasGone_IsForgotten()
    {
        // Slow while alone, then never alone again: the figure of that load is planted, and nothing comes to correct it.
        Add(1, 500, 500, 500);
        _now += s_window;
        Add(16, 20, 20, 20);
        Assert.Equal(500, _latency.Near(1, _now));
        _now += TimeSpan.FromMilliseconds(100);

        Assert.Equal(20, _latency.Near(1, _now));
    }

    [Fact]
    public void Near_AllFiguresOld_IsNone()
    {
        Assert.Null(_latency.Near(1, _now));
        Add(1, 500, 500, 500);
        Assert.Equal(500, _latency.Near(1, _now));
        _now += s_window + TimeSpan.FromMilliseconds(100);

        Assert.Null(_latency.Near(1, _now));
    }

    [Fact]
    public void Add_ServerBecomesSlow_FollowsWithinTwentyRequests()
    {
        Add(1, [.. Enumerable.Repeat(10.0, 100)]);
        Add(1, [.. Enumerable.Repeat(110.0, 20)]);

        Assert.Equal(110, _latency.Near(1, _now));
    }

    [Fact]
    public void Add_ManyAtOnce_LosesNone()
    {
        Parallel.For(1, 33, i => _latency.Add(1, i, _now));

        Assert.Equal(16.5, _latency.Near(1, _now));
    }

    [Fact]
    public void AddAndNear_AllocateNothing()
    {
        Add(1, 5, 5, 5);
        _ = _latency.Near(1, _now);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _latency.Add(1, i, _now);
            _ = _latency.Near(1, _now);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Add(long inFlight, params double[] milliseconds) => Array.ForEach(milliseconds, m => _latency.Add(inFlight, m, _now));
}
