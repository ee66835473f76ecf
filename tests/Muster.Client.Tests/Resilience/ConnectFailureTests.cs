using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Tests.Resilience;

public sealed class ConnectFailureTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private readonly CircuitBreaker _breaker = new(new EjectionOptions());
    private readonly PickRandom _random = new(7);

    [Fact]
    public void SetAside_NoFailure_IsNull()
    {
        Assert.False(_breaker.IsOpen);
        Assert.Null(_breaker.SetAside(Start));
    }

    [Fact]
    public void OnConnectFailed_AgainAndAgain_GrowsTo120SecondsWithJitter()
    {
        var now = Start;
        double expected = 1;
        for (var i = 0; i < 20; i++)
        {
            Assert.True(_breaker.OnConnectFailed(now, _random));
            var length = _breaker.SetAside(now)!.Value.Until - now;
            Assert.InRange(length.TotalSeconds, expected * 0.8, expected * 1.2);
            now += length;
            Assert.Null(_breaker.SetAside(now));
            expected = Math.Min(expected * 1.6, 120);
        }
    }

    [Fact]
    [Trait("pitfall", "reconnect-storm")]
    public void OnConnectFailed_ManyClients_DoNotComeBackTogether()
    {
        var ends = Enumerable.Range(0, 1000).Select(_ =>
        {
            var breaker = new CircuitBreaker(new EjectionOptions());
            breaker.OnConnectFailed(Start, _random);
            return (breaker.SetAside(Start)!.Value.Until - Start).TotalMilliseconds;
        }).Order().ToArray();
        Assert.InRange(ends[0], 800, 810);
        Assert.InRange(ends[^1], 1190, 1200);
        Assert.InRange(ends[500], 980, 1020);
    }

    [Fact]
    public void OnConnectFailed_WhileSetAside_ChangesNothing()
    {
        _breaker.OnConnectFailed(Start, _random);
        var until = _breaker.SetAside(Start);
        Assert.False(_breaker.OnConnectFailed(Start + TimeSpan.FromMilliseconds(1), _random));
        Assert.Equal(until, _breaker.SetAside(Start + TimeSpan.FromMilliseconds(2)));
    }

    [Fact]
    public void TryBeginTrial_TimePassed_IsWonOnce()
    {
        _breaker.OnConnectFailed(Start, _random);
        Assert.False(_breaker.TryBeginTrial(Start, TimeSpan.FromSeconds(1)));

        var later = Start + TimeSpan.FromSeconds(2);
        Assert.True(_breaker.TryBeginTrial(later, TimeSpan.FromSeconds(1)));
        Assert.False(_breaker.TryBeginTrial(later, TimeSpan.FromSeconds(1)));
        Assert.Equal(later + TimeSpan.FromSeconds(1), _breaker.SetAside(later)!.Value.Until);
    }

    [Fact]
    public void OnConnectFailed_OfTheTrial_SetsAsideForLonger()
    {
        _breaker.OnConnectFailed(Start, _random);
        var later = Start + TimeSpan.FromSeconds(2);
        _breaker.TryBeginTrial(later, TimeSpan.FromSeconds(1));
        Assert.True(_breaker.OnConnectFailed(later, _random));
        Assert.InRange((_breaker.SetAside(later)!.Value.Until - later).TotalSeconds, 1.6 * 0.8, 1.6 * 1.2);
    }

    [Fact]
    public void OnAnswered_AfterFailures_StartsAnew()
    {
        _breaker.OnConnectFailed(Start, _random);
        _breaker.OnConnectFailed(Start + TimeSpan.FromSeconds(5), _random);
        Assert.True(_breaker.OnAnswered());
        Assert.False(_breaker.IsOpen);
        Assert.False(_breaker.OnAnswered());

        _breaker.OnConnectFailed(Start, _random);
        Assert.InRange((_breaker.SetAside(Start)!.Value.Until - Start).TotalSeconds, 0.8, 1.2);
    }
}
