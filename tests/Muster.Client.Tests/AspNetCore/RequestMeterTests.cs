using Muster.AspNetCore;
using Muster.Core;
using Muster.Testing;

namespace Muster.Client.Tests.AspNetCore;

public sealed class RequestMeterTests
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(100);
    private readonly ManualTimeProvider _clock = new();
    private readonly RequestMeter _meter;

    public RequestMeterTests() => _meter = new RequestMeter(_clock, Limits.LatencyWindowDefault);

    [Fact]
    public void InFlight_RequestsComeAndGo_CountsThem()
    {
        var first = _meter.Begin();
        var second = _meter.Begin();
        Assert.Equal((2, 1, 2), (_meter.InFlight, first.InFlight, second.InFlight));
        _meter.End(first, RequestEnd.Answered);
        _meter.End(second, RequestEnd.Failed);

        Assert.Equal(0, _meter.InFlight);
    }

    [Fact]
    public void Rates_AfterASecond_CountWhatCameInIt()
    {
        for (var i = 0; i < 30; i++)
        {
            _meter.End(_meter.Begin(), i % 3 == 0 ? RequestEnd.Failed : RequestEnd.Answered);
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
        Assert.Null(_meter.LatencyMillisecondsNear(0));
        Run(40, RequestEnd.Answered);

        Assert.Equal(40, _meter.LatencyMillisecondsNear(0));
    }

    [Theory]
    [InlineData(RequestEnd.Failed)]
    [InlineData(RequestEnd.TurnedAway)]
    public void LatencyMilliseconds_QuickFailures_MakeNoFastServer(object end)
    {
        Run(1, (RequestEnd)end);
        Run(100, (RequestEnd)end);
        Assert.Null(_meter.LatencyMillisecondsNear(0));
        Run(40, RequestEnd.Answered);
        for (var i = 0; i < 10; i++)
        {
            Run(100, (RequestEnd)end);
            Run(1, (RequestEnd)end);
        }

        Assert.Equal(40, _meter.LatencyMillisecondsNear(0));
    }

    [Fact]
    public void LatencyMilliseconds_GivenUp_CountsOnlyWhereItTookLongerThanUsual()
    {
        Run(40, RequestEnd.Answered);
        Run(10, RequestEnd.GivenUp);
        Assert.Equal(40, _meter.LatencyMillisecondsNear(0));
        Run(100, RequestEnd.GivenUp);
        Run(100, RequestEnd.GivenUp);

        Assert.Equal(100, _meter.LatencyMillisecondsNear(0));
    }

    [Fact]
    public void Streams_ComeAndGo_AreInNoOtherFigure()
    {
        var stream = _meter.Begin(isStream: true);
        var request = _meter.Begin();
        Assert.Equal((1, 1, 2), (_meter.InFlight, _meter.Streams, _meter.Running));
        Assert.Equal(1, request.InFlight);
        _clock.Advance(TimeSpan.FromHours(1));
        _meter.End(stream, RequestEnd.Answered);

        Assert.Equal((1, 0, 1), (_meter.InFlight, _meter.Streams, _meter.Running));
        Assert.Null(_meter.LatencyMillisecondsNear(0));
    }

    [Fact]
    public void BecomeStream_WhileItRuns_LeavesTheRequestsInFlight()
    {
        var start = _meter.BecomeStream(_meter.Begin());
        Assert.Equal((0, 1, 1), (_meter.InFlight, _meter.Streams, _meter.Running));
        start = _meter.BecomeStream(start);
        _meter.End(start, RequestEnd.Answered);

        Assert.Equal((0, 0, 0), (_meter.InFlight, _meter.Streams, _meter.Running));
    }

    [Fact]
    public async Task QuietAsync_StreamRuns_WaitsForItsEnd()
    {
        var stream = _meter.Begin(isStream: true);
        _clock.Advance(s_quiet);
        var quiet = _meter.QuietAsync(_clock.GetTimestamp() - 1, TimeSpan.Zero, CancellationToken.None);
        Assert.False(quiet.IsCompleted);
        _meter.End(stream, RequestEnd.Answered);

        await quiet.InTime();
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
        _meter.End(late, RequestEnd.Answered);

        await quiet.InTime();
    }

    [Fact]
    public async Task QuietAsync_ShortRequestMeanwhile_StartsTheWhileAnew()
    {
        var quiet = _meter.QuietAsync(_clock.GetTimestamp(), s_quiet, CancellationToken.None);
        await _clock.TimerArmedAsync(d => d == s_quiet).InTime();
        _clock.Advance(TimeSpan.FromMilliseconds(60));
        _meter.End(_meter.Begin(), RequestEnd.Answered);
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

    private void Run(double milliseconds, RequestEnd end)
    {
        var start = _meter.Begin();
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        _meter.End(start, end);
    }
}
