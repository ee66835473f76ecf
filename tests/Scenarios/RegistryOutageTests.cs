using System.Globalization;
using Muster.Core.Model;
using Muster.Testing;

namespace Muster.Scenarios;

public class RegistryOutageTests
{
    [Fact]
    public async Task RegistryGone_CallsGoOnAndTheCallerSaysItIsStale()
    {
        var registry = await InProcessRegistry.StartAsync();
        await using var a = await ProviderApp.StartAsync(registry.Address, "a");
        await using var caller = new ConsumerApp(registry.Address);
        await caller.StatusAsync("a", InstanceStatus.Healthy);
        await caller.StaleAsync(false);

        await registry.DisposeAsync();
        await caller.StaleAsync(true);

        Assert.Equal("a", await caller.CallAsync());
        Assert.True(caller.Directory.IsStale);
    }

    [Fact]
    public async Task RegistryBackEmpty_ProvidersRegisterAgainAndNobodyEverSeesAnEmptyList()
    {
        var registry = await InProcessRegistry.StartAsync();
        var (address, port) = (registry.Address, int.Parse(registry.Address.Split(':')[1], CultureInfo.InvariantCulture));
        await using var a = await ProviderApp.StartAsync(address, "a");
        await using var caller = new ConsumerApp(address);
        var before = await caller.StatusAsync("a", InstanceStatus.Healthy);
        await registry.DisposeAsync();
        await caller.StaleAsync(true);

        var emptied = false;
        caller.Changed += v => emptied |= v.Instances.IsEmpty;
        await using var again = await InProcessRegistry.StartAsync(port: port);
        await caller.StaleAsync(false);
        Assert.Equal("a", await caller.CallAsync());
        await caller.ViewAsync("a registered anew", v =>
            v.Instances.Any(i => i.Id == "a" && i.Record.RegisteredAt > before.Instances[0].Record.RegisteredAt));

        Assert.Equal("a", await caller.CallAsync());
        Assert.False(emptied);
    }

    [Fact]
    public async Task RegistryLate_ProviderAndCallerStartWithoutItAndFindEachOtherWhenItComes()
    {
        var first = await InProcessRegistry.StartAsync();
        var (address, port) = (first.Address, int.Parse(first.Address.Split(':')[1], CultureInfo.InvariantCulture));
        await first.DisposeAsync();
        await using var a = await ProviderApp.StartAsync(address, "a");
        await using var caller = new ConsumerApp(address);

        await using var registry = await InProcessRegistry.StartAsync(port: port);
        await caller.StatusAsync("a", InstanceStatus.Healthy);

        Assert.Equal("a", await caller.CallAsync());
    }
}
