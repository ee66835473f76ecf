using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Tests.Http;

/// <summary>Calls while as many connections are being made as is allowed.</summary>
public sealed class HandlerTurnTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    [Fact]
    [Trait("pitfall", "reconnect-storm")]
    public async Task Send_AnotherServiceHasAllTurnsItMay_IsServed()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(a.View);
        var other = fixture.Factory.GetFleet(ServiceKey.Default("other")).Connections.Line;
        var waiting = Enumerable.Range(0, 1_000).Select(_ => other.WaitAsync(s_patience, default)).ToList();
        using var client = fixture.Client();
        Assert.Equal("a", await client.GetStringAsync("/"));
        Assert.Equal(Limits.ConnectsPerServiceMax, waiting.Count(w => w.IsCompleted));
    }

    [Fact]
    public async Task Send_NoTurnComes_GoesOnAndBlamesNobody()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        fixture.Watch.Show(a.View, b.View);
        await TakeTurnsAsync(fixture);
        var calls = new[] { client.GetStringAsync("/"), client.GetStringAsync("/") };
        await fixture.Clock.TimerArmedAsync(due => due == s_patience).InTime();
        fixture.Clock.Advance(s_patience);
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal("a", answer));
        Assert.Contains("b", fixture.Observer.Picked);
        Assert.Single(fixture.Observer.Completed, o => o is { InstanceId: "b", Result: AttemptResult.Cancelled, WillRetry: true });
        Assert.All(fixture.Fleet.Health(fixture.Clock.Now()), h => Assert.Equal((0, BreakerState.Closed), (h.Failures, h.State)));
    }

    [Fact]
    public async Task Send_NoTurnComesAndNoOther_SaysSo()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await TakeTurnsAsync(fixture);
        var call = client.GetStringAsync("/");
        await fixture.Clock.TimerArmedAsync(due => due == s_patience).InTime();
        fixture.Clock.Advance(s_patience);
        var e = await Assert.ThrowsAsync<ServiceCallException>(() => call.InTime());
        Assert.Equal((ServiceCallError.AllFailed, HttpRequestError.ConnectionError), (e.Error, e.HttpRequestError));
        Assert.Contains($"a at 127.0.0.1:{a.Port}: 1000 ms passed without a turn to connect", e.Message, StringComparison.Ordinal);
        Assert.Equal(BreakerState.Closed, fixture.Fleet.Roster.Members[0].Breaker.State);

        fixture.Fleet.Connections.Line.End();
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    private static async Task TakeTurnsAsync(HandlerFixture fixture)
    {
        for (var i = 0; i < Limits.ConnectsPerServiceMax; i++)
        {
            await fixture.Fleet.Connections.Line.WaitAsync(s_patience, default);
        }
    }
}
