using System.Text.Json;
using Muster.EndToEnd.Machines;

namespace Muster.EndToEnd;

/// <summary>The registry on one PC, providers and callers on it and on another, as on a LAN. Nobody is told an address but
/// the registry's.</summary>
public sealed class TwoMachinesTests
{
    private const int Port = 5000;

    [Fact]
    public async Task Providers_OnTwoMachines_AreListedAtTheirOwnAddresses()
    {
        await using var lan = await TwoMachines.CreateAsync();
        var registry = await StartSystemAsync(lan);

        foreach (var machine in new[] { lan.First, lan.Second })
        {
            Assert.Equal(lan.Second.Address, await HostOfAsync(machine, "calculator", registry));
            Assert.Equal(lan.First.Address, await HostOfAsync(machine, "echo", registry));
        }
    }

    [Fact]
    public async Task Calls_BetweenTwoMachines_WorkBothWays()
    {
        await using var lan = await TwoMachines.CreateAsync();
        var registry = await StartSystemAsync(lan);

        foreach (var machine in new[] { lan.First, lan.Second })
        {
            Assert.Equal("5", await CallAsync(machine, registry, "calculator", "add", "2", "3"));
            Assert.Equal("hello", await CallAsync(machine, registry, "echo", "hello"));
        }
    }

    [Fact]
    public async Task Registry_WithoutListenAny_IsNotReachedFromTheOtherMachine()
    {
        await using var lan = await TwoMachines.CreateAsync();
        var registry = lan.Start(lan.First, "Muster.Cli", "muster-cli", "registry");
        await registry.WaitForLineAsync("registry: gRPC on ");

        await lan.First.RunAsync("Muster.Cli", "muster-cli", "services");
        await using var other = lan.Second.Start("Muster.Cli", "muster-cli", "services", $"--registry={lan.First.Address}:{Port}");

        Assert.NotEqual(0, await other.ExitAsync());
    }

    /// <summary>Registry and echo on the first machine, calculator on the second.</summary>
    private static async Task<string> StartSystemAsync(TwoMachines lan)
    {
        var registry = lan.Start(lan.First, "Muster.Cli", "muster-cli", "registry", "--listen-any");
        await registry.WaitForLineAsync("registry: gRPC on ");
        var address = $"{lan.First.Address}:{Port}";
        // Beside the registry nothing needs to be said: its default address is right, and loopback is not what others can use.
        var echo = lan.Start(lan.First, "Echo", "muster-echo");
        var calculator = lan.Start(lan.Second, "Calculator", "muster-calculator", $"-registry={address}");
        await echo.WaitForLineAsync("Registered echo");
        await calculator.WaitForLineAsync("Registered calculator");
        return address;
    }

    private static async Task<string> HostOfAsync(Machine machine, string service, string registry)
    {
        var output = await machine.RunAsync("Muster.Cli", "muster-cli", "instances", service, "--json", "--registry", registry);
        using var json = JsonDocument.Parse(output);
        var instance = Assert.Single(json.RootElement.EnumerateArray());
        return instance.GetProperty("address").GetString()!.Split(':')[0];
    }

    private static async Task<string> CallAsync(Machine machine, string registry, string service, params string[] arguments) =>
        await machine.RunAsync("Shell", "muster-shell", ["call", service, .. arguments, "--registry", registry]);
}
