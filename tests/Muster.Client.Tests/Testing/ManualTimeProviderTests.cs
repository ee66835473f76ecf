using Muster.Testing;

namespace Muster.Client.Tests.Testing;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Advance_AnyStep_IsMeasuredToTheTick()
    {
        foreach (var ticks in new long[] { 1, 3, 7, 10_000_001, 123_456_789_123 })
        {
            var start = _clock.GetTimestamp();
            _clock.Advance(TimeSpan.FromTicks(ticks));

            Assert.Equal(ticks, _clock.GetElapsedTime(start).Ticks);
        }
    }

    [Fact]
    public void Advance_SeveralTimers_FiresThemInOrderAtTheirTimes()
    {
        var fired = new List<(string, TimeSpan)>();
        using var late = _clock.CreateTimer(_ => fired.Add(("late", _clock.Elapsed)), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var beat = _clock.CreateTimer(_ => fired.Add(("beat", _clock.Elapsed)), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(
            [("beat", TimeSpan.FromSeconds(2)), ("late", TimeSpan.FromSeconds(3)), ("beat", TimeSpan.FromSeconds(4))], fired);
    }

    [Fact]
    public void Advance_TimerThatArmsAnother_FiresThatToo()
    {
        var fired = 0;
        ITimer? second = null;
        using var first = _clock.CreateTimer(
            _ => second = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan),
            null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, fired);
        second?.Dispose();
    }

    [Fact]
    public void StepWallClock_AnyStep_MovesNeitherTimersNorTimestamps()
    {
        var fired = false;
        using var timer = _clock.CreateTimer(_ => fired = true, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        var (start, wall) = (_clock.GetTimestamp(), _clock.GetUtcNow());

        _clock.StepWallClock(TimeSpan.FromDays(400));

        Assert.False(fired);
        Assert.Equal(TimeSpan.Zero, _clock.GetElapsedTime(start));
        Assert.Equal(TimeSpan.FromDays(400), _clock.GetUtcNow() - wall);
    }

    [Fact]
    public void Dispose_ArmedTimer_DoesNotFire()
    {
        var fired = false;
        var timer = _clock.CreateTimer(_ => fired = true, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        timer.Dispose();

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.False(fired);
        Assert.Equal(0, _clock.ArmedTimersCount);
    }

    [Fact]
    public async Task TimerArmedAsync_TimerComesLater_Completes()
    {
        var armed = _clock.TimerArmedAsync(d => d == TimeSpan.FromSeconds(5));
        var delay = Task.Delay(TimeSpan.FromSeconds(5), _clock);
        await armed.InTime();

        _clock.Advance(TimeSpan.FromSeconds(5));

        await delay.InTime();
    }

    [Fact]
    public async Task TimerArmedForAsync_SomeOfItIsOver_SaysWhatIsLeft()
    {
        using var timer = _clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        _clock.Advance(TimeSpan.FromSeconds(2));

        var left = await _clock.TimerArmedForAsync(d => d == TimeSpan.FromSeconds(5)).InTime();

        Assert.Equal(TimeSpan.FromSeconds(3), left);
        Assert.Equal("00:00:05 (00:00:03 left)", _clock.DescribeTimers());
    }

    [Fact]
    public async Task CreateTimer_DueAtOnce_FiresWithoutAnAdvance()
    {
        var fired = new TaskCompletionSource();
        using var timer = _clock.CreateTimer(_ => fired.TrySetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.InTime();
    }
}
