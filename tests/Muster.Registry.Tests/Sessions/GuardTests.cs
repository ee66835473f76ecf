using Muster.Core.Sessions;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Sessions;

/// <summary>The mass-expiry guard through the API.</summary>
public class GuardTests : RegistryHarness
{
    private static readonly TimeSpan s_beyondTtl = TimeSpan.FromSeconds(10.1);

    [Fact]
    public async Task ManySilent_StayListedAsTimeout_AndTheApiSaysWhy()
    {
        await RegisterManyAsync(ExpiryGuard.InstancesMin);

        Time.Advance(s_beyondTtl);

        var list = await ListAsync();
        Assert.Equal(ExpiryGuard.InstancesMin, list.Instances.Count);
        Assert.All(list.Instances, i => Assert.Equal(Liveness.Timeout, i.Soft.Liveness));
        Assert.True(list.IsGuarded);
        var services = await Client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest());
        Assert.True(Assert.Single(services.Services).IsGuarded);
        var why = await Client.UnaryAsync(
            RegistryMethods.ExplainInstance, new ExplainInstanceRequest { InstanceId = "i0" });
        Assert.True(Assert.Single(why.Explanations).IsGuarded);
        var guard = await Client.UnaryAsync(RegistryMethods.Guard, new GuardRequest());
        Assert.Equal(["/", "default/calculator"], guard.Held.Select(h => $"{h.Namespace}/{h.Service}").Order());
    }

    [Fact]
    public async Task Release_RemovesWhoIsSilent()
    {
        await RegisterManyAsync(ExpiryGuard.InstancesMin);
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        Time.Advance(s_beyondTtl);

        var released = await Client.UnaryAsync(RegistryMethods.Guard, new GuardRequest { Release = true });
        Assert.Equal(2, released.Held.Count);
        Time.Advance(TimeSpan.FromSeconds(5));

        for (var i = 0; i < ExpiryGuard.InstancesMin; i++)
        {
            await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed);
        }

        Assert.Empty((await Client.UnaryAsync(RegistryMethods.Guard, new GuardRequest())).Held);
    }

    [Fact]
    public async Task Guard_OfABadName_IsRefused()
    {
        var e = await FailsAsync(
            Grpc.StatusCode.InvalidArgument, Client.UnaryAsync(RegistryMethods.Guard, new GuardRequest { Service = "Calc" }));
        Assert.Contains("service is 'Calc'", e.Message, StringComparison.Ordinal);
    }

    private async Task RegisterManyAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await RegisterAsync(Instance($"i{i}", 1000 + i));
        }
    }
}
