using Muster.Core.Sessions;

namespace Muster.Core.Tests.Sessions;

public class StallDetectorTests
{
    private readonly StallDetector _detector = new();

    [Fact]
    public void Tick_OnTime_IsNoStall()
    {
        var now = TimeSpan.FromMinutes(5);
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(_detector.Tick(now));
            now = _detector.NextTick(now);
        }
    }

    [Fact]
    public void Tick_Late_SaysForHowLong()
    {
        _detector.Tick(TimeSpan.FromSeconds(1));

        Assert.Null(_detector.Tick(TimeSpan.FromSeconds(1) + Limits.StallMin - TimeSpan.FromTicks(1)));
        Assert.Equal(TimeSpan.FromSeconds(30), _detector.Tick(TimeSpan.FromSeconds(31) + Limits.StallMin - TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void StallMin_IsShorterThanTheShortestTtl_AndLongerThanSomeChecks()
    {
        // Else a lease could end in a stall that goes unnoticed, or an ordinary delay would count as one.
        Assert.True(Limits.StallMin < Limits.TtlMin);
        Assert.True(Limits.StallMin > 3 * Limits.StallCheckInterval);
    }
}
