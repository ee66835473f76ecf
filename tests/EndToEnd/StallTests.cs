using Muster.Core.Model;
using Muster.EndToEnd.Processes;

namespace Muster.EndToEnd;

/// <summary>A registry that is stopped as a whole, as by a debugger, a full host or a suspended machine.</summary>
public sealed class StallTests
{
    private const int Instances = 6;

    [Fact]
    public async Task Registry_StoppedForThreeTtls_DropsNoLivingInstance()
    {
        await using var system = await TestSystem.StartAsync();
        for (var i = 0; i < Instances; i++)
        {
            await system.StartAsync("Calculator", $"calculator-{i}", "--ttl", "1");
        }

        await using var client = system.Connect();
        var removed = false;
        client.Directory.Watch(ServiceKey.Default("calculator")).Changed += view =>
            removed |= view.Instances.Length is > 0 and < Instances;
        await TestSystem.SeesAsync(client, "calculator", Instances);

        system.RegistryProcess.Signal("STOP");
        await Task.Delay(TimeSpan.FromSeconds(3.5));
        system.RegistryProcess.Signal("CONT");

        await system.RegistryProcess.WaitForLineAsync("This process stood still for");
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        await TestSystem.SeesAsync(client, "calculator", Instances);
        Assert.False(removed, "An instance that was alive all the time left the list.");
        var history = await system.CommandAsync("history", "calculator", "--json");
        Assert.Equal(0, history.ExitCode);
        Assert.DoesNotContain("calculator-", history.Transcript, StringComparison.Ordinal);
    }
}
