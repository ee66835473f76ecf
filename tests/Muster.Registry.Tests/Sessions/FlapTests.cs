using Muster.Core;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Sessions;

/// <summary>Instances that come and go, in a real registry.</summary>
public class FlapTests : RegistryHarness
{
    [Fact]
    public async Task LostAgainAndAgain_IsDegradedForAWhileAndItsEntrySaysUntilWhen()
    {
        var lease = (await RegisterAsync(Instance())).LeaseId;
        for (var i = 0; i < Limits.FlapLossesMax - 1; i++)
        {
            await LoseAndReturnAsync(lease);
            Assert.Equal((Health.Healthy, 0u), await HealthAsync());
        }

        await LoseAndReturnAsync(lease);

        Assert.Equal((Health.Degraded, 29_900u), await HealthAsync());
        Assert.Equal(0, Assert.Single((await Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest())).Services).Healthy);
        for (var i = 0; i < 7; i++)
        {
            await AdvanceAliveAsync(lease, 4);
            Assert.Equal(Health.Degraded, (await HealthAsync()).Health);
        }

        await AdvanceAliveAsync(lease, 4);
        Assert.Equal((Health.Healthy, 0u), await HealthAsync());
    }

    [Fact]
    public async Task Lapses_ComesBackUnderOtherIds_IsKnownByItsAddress()
    {
        for (var i = 0; i < Limits.FlapLossesMax; i++)
        {
            await RegisterAsync(Instance($"a{i}"), ttlMs: 1000);
            Time.Advance(TimeSpan.FromSeconds(2.5));
        }

        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        await RegisterAsync(Instance("again"));

        var soft = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft, m => m.Soft.States.Any(s => s.InstanceId == "again" && s.DampedMs > 0))).Soft;
        Assert.Contains(soft.States, s => s.Health == Health.Degraded);
    }

    [Fact]
    public async Task LeavesInOrder_HoweverOften_IsNotDamped()
    {
        for (var i = 0; i < 3 * Limits.FlapLossesMax; i++)
        {
            var lease = (await RegisterAsync(Instance())).LeaseId;
            await Client.UnaryAsync(RegistryMethods.Deregister, new DeregisterRequest { Service = "calculator", InstanceId = "a", LeaseId = lease });
        }

        await RegisterAsync(Instance());
        Assert.Equal((Health.Healthy, 0u), await HealthAsync());
    }

    [Fact]
    public async Task Drains_AndFallsSilent_IsNotDamped()
    {
        var lease = (await RegisterAsync(Instance())).LeaseId;
        await SetIntentAsync(lease, Intent.Draining);
        for (var i = 0; i < 2 * Limits.FlapLossesMax; i++)
        {
            await LoseAndReturnAsync(lease);
        }

        await SetIntentAsync(lease, Intent.Serving);
        Assert.Equal((Health.Healthy, 0u), await HealthAsync());
    }

    private Task<SetIntentResponse> SetIntentAsync(ulong lease, Intent intent) => Client.UnaryAsync(
        RegistryMethods.SetIntent, new SetIntentRequest { Service = "calculator", InstanceId = "a", LeaseId = lease, Intent = intent });

    private Task LoseAndReturnAsync(ulong lease) => AdvanceAliveAsync(lease, 5.1);

    private async Task AdvanceAliveAsync(ulong lease, double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        await Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = lease });
    }

    private async Task<(Health Health, uint DampedMs)> HealthAsync()
    {
        var soft = Assert.Single((await ListAsync()).Instances).Soft;
        // A timer comes a millisecond late, so that it never comes early.
        return (soft.Health, (soft.DampedMs + 50) / 100 * 100);
    }
}
