using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Tests;

public class VirtualClockTests
{
    private readonly VirtualClock _clock = new();
    private readonly List<(string Name, long At)> _fired = [];

    [Fact]
    public void Fire_SeveralTimers_GoByTimeThenAsSet()
    {
        using var late = Timer("late", 30);
        using var first = Timer("first", 10);
        using var second = Timer("second", 10);

        FireAll();

        Assert.Equal([("first", 10), ("second", 10), ("late", 30)], _fired);
    }

    [Fact]
    public void Fire_StoppedOrChanged_IsPassedOver()
    {
        using var changed = Timer("changed", 10);
        using var stopped = Timer("stopped", 20);
        var disposed = Timer("disposed", 30);
        changed.Change(TimeSpan.FromTicks(40), Timeout.InfiniteTimeSpan);
        stopped.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        disposed.Dispose();

        FireAll();

        Assert.Equal([("changed", 40)], _fired);
    }

    [Fact]
    public void NextTimerAt_NoTimer_IsNever() => Assert.Equal(long.MaxValue, _clock.NextTimerAt);

    private ITimer Timer(string name, long ticks) => _clock.CreateTimer(
        _ => _fired.Add((name, _clock.NowTicks - VirtualClock.StartTicks)), null, TimeSpan.FromTicks(ticks), Timeout.InfiniteTimeSpan);

    private void FireAll()
    {
        while (_clock.NextTimerAt != long.MaxValue)
        {
            _clock.NowTicks = _clock.NextTimerAt;
            _clock.Fire();
        }
    }
}
