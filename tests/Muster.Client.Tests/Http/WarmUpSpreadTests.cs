using Muster.Client.Balancing;
using Muster.Client.Tests.Picking;
using Muster.Core;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

/// <summary>Connections that are made before calls need them must be no storm: not all at once, and not in the way of calls.</summary>
[Trait("pitfall", "reconnect-storm")]
public sealed class WarmUpSpreadTests
{
    // Those that nobody waits for must not take the turns of those that calls wait for.
    [Fact]
    public async Task WarmUp_Many_TakeAFewOfTheTurns()
    {
        var factory = Connectors.Factory(new ManualTimeProvider());
        for (var i = 0; i < Limits.SpareConnectsPerServiceMax; i++)
        {
            await factory.WaitSpareTurnAsync();
        }

        await using var a = await Backend.StartAsync("a");
        using var connector = Connectors.To(a.Port, factory);
        connector.WarmUp(factory.TimeProvider.Now(), TimeSpan.Zero);
        Assert.Equal(0, factory.Line.Taken);
        await using var own = await connector.ConnectAsync(null, isCall: true, default).AsTask().InTime();
        await a.FirstConnectionAsync.InTime();

        // Its turn comes, and there is no need any more.
        factory.EndSpareTurn();
        await factory.WaitSpareTurnAsync().InTime();
        Assert.Equal(1, a.ConnectionsMade);
    }

    // Every client of a service sees a newcomer in the same instant.
    [Fact]
    public void Select_NewcomerAndManyClients_SpreadOverASecond()
    {
        var late = Enumerable.Range(1, 500).Count(seed =>
        {
            using var rig = new FleetRig(seed: (ulong)seed);
            rig.Fleet.GetBalancer(FleetRig.Key(PolicyNames.Random) with { WarmUp = true });
            rig.Show(2);
            rig.Show(3);
            return rig.Clock.TimerArmedForAsync(d => d > TimeSpan.FromMilliseconds(500)).IsCompleted;
        });
        Assert.InRange(late, 200, 300);
    }

    [Fact]
    public async Task WarmUp_Delayed_ConnectsWhenItIsDue()
    {
        var clock = new ManualTimeProvider();
        var factory = Connectors.Factory(clock);
        await using var a = await Backend.StartAsync("a");
        using var connector = Connectors.To(a.Port, factory);
        connector.WarmUp(clock.Now(), TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.Equal(0, factory.Line.Taken);
        clock.Advance(TimeSpan.FromTicks(1));
        await a.FirstConnectionAsync.InTime();
    }
}
