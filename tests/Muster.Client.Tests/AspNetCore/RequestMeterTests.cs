using Muster.AspNetCore;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

public sealed class RequestMeterTests
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(100);
    private readonly ManualTimeProvider _clock = new();
    private readonly RequestMeter _meter;

    public RequestMeterTests() => _meter = new RequestMeter(_clock);

    [Fact]
    public void InFlight_RequestsComeAndGo_CountsThem()
    {
        var first = _meter.Begin();
        var second = _meter.Begin();
        Assert.Equal((2, 1, 2), (_meter.InFlight, first.InFlight, second.InFlight));
        _meter.End(first, hasFailed: false);
        _meter.End(second, hasFailed: true);

        Assert.Equal(0, _meter.InFlight);
    }

    [Fact]
    public void Rates_AfterASecond_CountWhatCameInIt()
    {
        for (var i = 0; i < 30; i++)
        {
            _meter.End(_meter.Begin(), hasFailed: i % 3 == 0);
        }

        Assert.Equal((0, 0), (_meter.Rates.PerSecond, _meter.Rates.FailedPerSecond));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((15, 5), (_meter.Rates.PerSecond, _meter.Rates.FailedPerSecond));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0), (_meter.Rates.PerSecond, _meter.Rates.FailedPerSecond));
    }

    [Fact]
    public void LatencyMilliseconds_OneAtATime_IsWhatRequestsTook()
    {
        Assert.Null(_meter.LatencyMilliseconds);
        var start = _meter.Begin();
        _clock.Advance(TimeSpan.FromMilliseconds(40));
        _meter.End(start, hasFailed: false);

        Assert.Equal(40, _meter.LatencyMilliseconds);
    }

    [Fact]
    public async Task QuietAsync_Idle_StillWaitsTheWhile()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        var quiet = _meter.QuietAsync(_clock.GetTimestamp(), s_quiet, CancellationToken.None);
        await _clock.TimerArmedAsync(d => d == s_quiet).InTime();
        _clock.Advance(s_quiet - TimeSpan.FromTicks(1));
        Assert.False(quiet.IsCompleted);
        _clock.Advance(TimeSpan.FromTicks(1));

        await quiet.InTime();
    }

    [Fact]
    public async Task QuietAsync_RequestComesMeanwhile_WaitsForItsEndAndTheWhileAfterItsArrival()
    {
        var quiet = _meter.QuietAsync(_clock.GetTimestamp(), s_quiet, CancellationToken.None);
        await _clock.TimerArmedAsync(d => d == s_quiet).InTime();
        _clock.Advance(TimeSpan.FromMilliseconds(60));
        var late = _meter.Begin();
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.False(quiet.IsCompleted);
        _meter.End(late, hasFailed: false);

        await quiet.InTime();
    }

    [Fact]
    public async Task QuietAsync_ShortRequestMeanwhile_StartsTheWhileAnew()
    {
        var quiet = _meter.QuietAsync(_clock.GetTimestamp(), s_quiet, CancellationToken.None);
        await _clock.TimerArmedAsync(d => d == s_quiet).InTime();
        _clock.Advance(TimeSpan.FromMilliseconds(60));
        _meter.End(_meter.Begin(), hasFailed: false);
        _clock.Advance(TimeSpan.FromMilliseconds(40));
        await _clock.TimerArmedAsync(d => d == TimeSpan.FromMilliseconds(60)).InTime();
        Assert.False(quiet.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(60));

        await quiet.InTime();
    }

    [Fact]
    public async Task QuietAsync_RequestThatNeverEnds_EndsWithTheToken()
    {
        _meter.Begin();
        using var limit = new CancellationTokenSource();
        var quiet = _meter.QuietAsync(_clock.GetTimestamp(), s_quiet, limit.Token);
        await limit.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => quiet.InTime());
    }
}
