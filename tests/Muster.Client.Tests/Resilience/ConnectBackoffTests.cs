using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

public sealed class ConnectBackoffTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private readonly ConnectBackoff _backoff = new();
    private readonly PickRandom _random = new(7);

    [Fact]
    public void SetAsideUntil_NoFailure_IsNull()
    {
        Assert.False(_backoff.IsSuspect);
        Assert.Null(_backoff.SetAsideUntil(Start));
    }

    [Fact]
    public void OnFailure_AgainAndAgain_GrowsTo120SecondsWithJitter()
    {
        var now = Start;
        double expected = 1;
        for (var i = 0; i < 20; i++)
        {
            Assert.True(_backoff.OnFailure(now, _random));
            var length = _backoff.SetAsideUntil(now)!.Value - now;
            Assert.InRange(length.TotalSeconds, expected * 0.8, expected * 1.2);
            now += length;
            Assert.Null(_backoff.SetAsideUntil(now));
            expected = Math.Min(expected * 1.6, 120);
        }
    }

    [Fact]
    public void OnFailure_ManyClients_DoNotComeBackTogether()
    {
        var ends = Enumerable.Range(0, 1000).Select(_ =>
        {
            var backoff = new ConnectBackoff();
            backoff.OnFailure(Start, _random);
            return (backoff.SetAsideUntil(Start)!.Value - Start).TotalMilliseconds;
        }).Order().ToArray();
        Assert.InRange(ends[0], 800, 810);
        Assert.InRange(ends[^1], 1190, 1200);
        Assert.InRange(ends[500], 980, 1020);
    }

    [Fact]
    public void OnFailure_WhileSetAside_ChangesNothing()
    {
        _backoff.OnFailure(Start, _random);
        var until = _backoff.SetAsideUntil(Start);
        Assert.False(_backoff.OnFailure(Start + TimeSpan.FromMilliseconds(1), _random));
        Assert.Equal(until, _backoff.SetAsideUntil(Start + TimeSpan.FromMilliseconds(2)));
    }

    [Fact]
    public void TryBeginTrial_TimePassed_IsWonOnce()
    {
        _backoff.OnFailure(Start, _random);
        Assert.False(_backoff.TryBeginTrial(Start, TimeSpan.FromSeconds(1)));

        var later = Start + TimeSpan.FromSeconds(2);
        Assert.True(_backoff.TryBeginTrial(later, TimeSpan.FromSeconds(1)));
        Assert.False(_backoff.TryBeginTrial(later, TimeSpan.FromSeconds(1)));
        Assert.Equal(later + TimeSpan.FromSeconds(1), _backoff.SetAsideUntil(later));
    }

    [Fact]
    public void OnFailure_OfTheTrial_SetsAsideForLonger()
    {
        _backoff.OnFailure(Start, _random);
        var later = Start + TimeSpan.FromSeconds(2);
        _backoff.TryBeginTrial(later, TimeSpan.FromSeconds(1));
        Assert.True(_backoff.OnFailure(later, _random));
        Assert.InRange((_backoff.SetAsideUntil(later)!.Value - later).TotalSeconds, 1.6 * 0.8, 1.6 * 1.2);
    }

    [Fact]
    public void OnSuccess_AfterFailures_StartsAnew()
    {
        _backoff.OnFailure(Start, _random);
        _backoff.OnFailure(Start + TimeSpan.FromSeconds(5), _random);
        Assert.True(_backoff.OnSuccess());
        Assert.False(_backoff.IsSuspect);
        Assert.False(_backoff.OnSuccess());

        _backoff.OnFailure(Start, _random);
        Assert.InRange((_backoff.SetAsideUntil(Start)!.Value - Start).TotalSeconds, 0.8, 1.2);
    }
}
