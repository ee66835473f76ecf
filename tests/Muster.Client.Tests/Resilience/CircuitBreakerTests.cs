using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Tests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(1);
    private readonly CircuitBreaker _breaker = new(new EjectionOptions());
    private readonly PickRandom _random = new(7);

    [Fact]
    public void OnEnded_FourFailuresInRow_StaysClosed()
    {
        Fail(4);
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Assert.Equal(BreakerChange.None, _breaker.OnEnded(AttemptResult.Success, Start, Start, _random));
        Fail(4);
        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    [Trait("pitfall", "slow-outlier-detection")]
    public void OnEnded_FifthFailureInRow_OpensForASecondWithJitter()
    {
        Fail(4);
        Assert.Equal(BreakerChange.Opened, _breaker.OnEnded(AttemptResult.Failure, Start, Start, _random));
        Assert.Equal(BreakerState.Open, _breaker.State);
        Assert.Equal(BreakerReason.ConsecutiveFailures, _breaker.Reason);
        Assert.InRange((_breaker.SetAside(Start)!.Value.Until - Start).TotalSeconds, 0.5, 1.5);
    }

    // All callers of one that fails set it aside in the same instant; it must not get all their trials in one, too.
    [Fact]
    [Trait("pitfall", "everybody-ejected")]
    public void OnEnded_FifthFailureOfManyCallers_TheirTrialsAreSpread()
    {
        var ends = Enumerable.Range(0, 1000).Select(_ =>
        {
            var breaker = new CircuitBreaker(new EjectionOptions());
            for (var i = 0; i < 5; i++)
            {
                breaker.OnEnded(AttemptResult.Failure, Start, Start, _random);
            }

            return (breaker.SetAside(Start)!.Value.Until - Start).TotalMilliseconds;
        }).Order().ToArray();
        Assert.InRange(ends[0], 500, 520);
        Assert.InRange(ends[^1], 1480, 1500);
        Assert.InRange(ends[500], 950, 1050);
    }

    [Fact]
    public void OnEnded_OverloadAndCancellation_NeverOpen()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(BreakerChange.None, _breaker.OnEnded(AttemptResult.Overload, Start, Start, _random));
            Assert.Equal(BreakerChange.None, _breaker.OnEnded(AttemptResult.Cancelled, Start, Start, _random));
        }

        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public void TryBeginTrial_TimeOver_LetsOneThrough()
    {
        Fail(5);
        Assert.False(_breaker.TryBeginTrial(Start, Connect));
        Assert.True(_breaker.TryBeginTrial(Start + TimeSpan.FromSeconds(2), Connect));
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        Assert.False(_breaker.TryBeginTrial(Start + TimeSpan.FromSeconds(2), Connect));
    }

    [Fact]
    public void OnEnded_TrialSucceeds_ClosesAndStartsAnew()
    {
        var now = Start;
        for (var i = 0; i < 3; i++)
        {
            now = FailTrial(now);
        }

        Assert.True(_breaker.TryBeginTrial(now, Connect));
        Assert.Equal(BreakerChange.Closed, _breaker.OnEnded(AttemptResult.Success, now, now, _random));
        Assert.Equal(BreakerState.Closed, _breaker.State);

        Fail(5, now);
        Assert.InRange((_breaker.SetAside(now)!.Value.Until - now).TotalSeconds, 0.5, 1.5);
    }

    [Fact]
    public void OnEnded_TrialFailsAgainAndAgain_GrowsTo60SecondsWithJitter()
    {
        var (now, expected) = (Start, 1.0);
        for (var i = 0; i < 12; i++)
        {
            var opened = now;
            now = FailTrial(now);
            Assert.InRange((now - opened).TotalSeconds, expected * 0.5, expected * 1.5);
            expected = Math.Min(expected * 2, 60);
        }
    }

    [Fact]
    public void OnEnded_SuccessFromBeforeItOpened_DoesNotClose()
    {
        Fail(5);
        Assert.Equal(BreakerChange.None, _breaker.OnEnded(AttemptResult.Success, Start, Start, _random));
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Theory]
    [InlineData(AttemptResult.Success)]
    [InlineData(AttemptResult.Failure)]
    [InlineData(AttemptResult.Overload)]
    [InlineData(AttemptResult.Cancelled)]
    public void OnEnded_OlderCallDuringTheTrial_LeavesItToTheTrial(AttemptResult result)
    {
        Fail(5);
        var later = Start + TimeSpan.FromSeconds(2);
        Assert.True(_breaker.TryBeginTrial(later, Connect));
        Assert.Equal(BreakerChange.None, _breaker.OnEnded(result, Start, later, _random));
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        Assert.Equal(BreakerChange.Closed, _breaker.OnEnded(AttemptResult.Success, later, later, _random));
    }

    [Theory]
    [InlineData(AttemptResult.Success)]
    [InlineData(AttemptResult.Failure)]
    public void OnEnded_OlderCallBeforeTheTrial_LeavesItToTheTrial(AttemptResult result)
    {
        Fail(5);
        var later = Start + TimeSpan.FromSeconds(2);
        Assert.Equal(BreakerChange.None, _breaker.OnEnded(result, Start, later, _random));
        Assert.True(_breaker.TryBeginTrial(later, Connect));
    }

    [Fact]
    public void OnEnded_TrialThatAnotherHasFollowed_StillDecides()
    {
        Fail(5);
        var first = Start + TimeSpan.FromSeconds(2);
        var second = first + TimeSpan.FromSeconds(10);
        Assert.True(_breaker.TryBeginTrial(first, Connect));
        Assert.True(_breaker.TryBeginTrial(second, Connect));
        Assert.Equal(BreakerChange.Closed, _breaker.OnEnded(AttemptResult.Success, first, second, _random));
    }

    [Fact]
    public void OnEnded_TrialOfTheTimeBefore_IsOlder()
    {
        Fail(5);
        var first = Start + TimeSpan.FromSeconds(2);
        var second = first + TimeSpan.FromSeconds(10);
        Assert.True(_breaker.TryBeginTrial(first, Connect));
        Assert.True(_breaker.TryBeginTrial(second, Connect));
        Assert.Equal(BreakerChange.Opened, _breaker.OnEnded(AttemptResult.Failure, second, second, _random));
        var third = second + TimeSpan.FromSeconds(4);
        Assert.True(_breaker.TryBeginTrial(third, Connect));
        Assert.Equal(BreakerChange.None, _breaker.OnEnded(AttemptResult.Success, first, third, _random));
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
    }

    [Fact]
    public void OnEnded_TrialGivenUpByItsCaller_TheNextCallIsOne()
    {
        Fail(5);
        var later = Start + TimeSpan.FromSeconds(2);
        _breaker.TryBeginTrial(later, Connect);
        Assert.Equal(BreakerChange.TrialAbandoned, _breaker.OnEnded(AttemptResult.Cancelled, later, later, _random));
        Assert.True(_breaker.TryBeginTrial(later, Connect));
    }

    [Fact]
    public void TryBeginTrial_TrialNeverEnds_AnotherAfterTenSeconds()
    {
        Fail(5);
        var later = Start + TimeSpan.FromSeconds(2);
        _breaker.TryBeginTrial(later, Connect);
        Assert.False(_breaker.TryBeginTrial(later + TimeSpan.FromSeconds(9), Connect));
        Assert.True(_breaker.TryBeginTrial(later + TimeSpan.FromSeconds(10), Connect));
    }

    [Fact]
    public void OnAnswered_OpenForFailures_StaysOpen()
    {
        Fail(5);
        Assert.False(_breaker.OnAnswered());
        Assert.Equal(BreakerState.Open, _breaker.State);
    }

    [Fact]
    public void Eject_Outlier_IsSetAsideForItsTime()
    {
        Assert.True(_breaker.Eject(BreakerReason.SuccessRate, Start, TimeSpan.FromSeconds(30), _random));
        Assert.False(_breaker.Eject(BreakerReason.SuccessRate, Start, TimeSpan.FromSeconds(30), _random));
        Assert.InRange((_breaker.SetAside(Start)!.Value.Until - Start).TotalSeconds, 24, 36);
        Assert.Equal(BreakerReason.SuccessRate, _breaker.Reason);
    }

    private void Fail(int times, TimeSpan? now = null)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.OnEnded(AttemptResult.Failure, now ?? Start, now ?? Start, _random);
        }
    }

    // Fails the trial that is due, or opens it; returns when the next one is.
    private TimeSpan FailTrial(TimeSpan now)
    {
        if (_breaker.IsOpen)
        {
            Assert.True(_breaker.TryBeginTrial(now, Connect));
            _breaker.OnEnded(AttemptResult.Failure, now, now, _random);
        }
        else
        {
            Fail(5, now);
        }

        return _breaker.SetAside(now)!.Value.Until;
    }
}
