using Muster.AspNetCore;

namespace Muster.Client.Tests.AspNetCore;

public sealed class LatencyByLoadTests
{
    private readonly LatencyByLoad _latency = new();

    [Fact]
    public void Near_DifferentLoads_KeepsThemApart()
    {
        _latency.Add(1, 5);
        _latency.Add(100, 80);

        Assert.Equal(5, _latency.Near(0));
        Assert.Equal(5, _latency.Near(1));
        Assert.Equal(80, _latency.Near(90));
    }

    [Fact]
    public void Near_LoadWithoutFigure_TakesTheClosest()
    {
        _latency.Add(64, 30);

        Assert.Equal(30, _latency.Near(1));
        Assert.Equal(30, _latency.Near(1_000_000));
    }

    [Fact]
    public void Add_ServerBecomesSlow_FollowsWithinTwentyRequests()
    {
        for (var i = 0; i < 100; i++)
        {
            _latency.Add(1, 10);
        }

        for (var i = 0; i < 20; i++)
        {
            _latency.Add(1, 110);
        }

        Assert.InRange(_latency.Near(1)!.Value, 90, 110);
    }
}
