using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Scenarios;

/// <summary>The keys u and r, by the order of events; how long it takes is a benchmark's business.</summary>
public class UnregisterTests
{
    [Fact]
    public async Task TakenOut_OnceTheCallerHasHeard_IsNeverPickedUntilItIsBack()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var a = await ProviderApp.StartAsync(registry.Address, "a");
        await using var b = await ProviderApp.StartAsync(registry.Address, "b");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        await caller.StatusAsync("b", InstanceStatus.Healthy);
        Assert.Equal(["a", "b"], (await caller.PicksOfAsync(10)).Distinct().Order());

        // Asked before: then it is the event that answers, and by then the pickers are swapped.
        var isOut = caller.StatusAsync("a", InstanceStatus.Out);
        await a.Registration.SetIntentAsync(Intent.Out, default);
        await isOut;
        Assert.All(await caller.PicksOfAsync(50), picked => Assert.Equal("b", picked));

        var isBack = caller.StatusAsync("a", InstanceStatus.Healthy);
        await a.Registration.SetIntentAsync(Intent.Serving, default);
        await isBack;
        Assert.Contains("a", await caller.PicksOfAsync(10));
    }

    [Fact]
    public async Task TakenOut_EveryInstance_FailsWithTheCountsAndTheService()
    {
        await using var registry = await InProcessRegistry.StartAsync();
        await using var a = await ProviderApp.StartAsync(registry.Address, "a");
        await using var caller = new ConsumerApp(registry.Address);
        await a.Registration.WaitRegisteredAsync(default);
        await a.Registration.SetIntentAsync(Intent.Out, default);
        await caller.StatusAsync("a", InstanceStatus.Out);

        var error = await Assert.ThrowsAnyAsync<HttpRequestException>(caller.CallAsync);

        Assert.Contains("greeter", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 out", error.Message, StringComparison.OrdinalIgnoreCase);
    }
}
