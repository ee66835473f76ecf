using System.Diagnostics;
using System.Globalization;
using Muster.Bench.LoadDriver;
using Muster.Testing;

namespace Muster.Bench.LoadLab.Real;

/// <summary>A registry, and servers in a process of their own that are listed there.</summary>
internal sealed class RealFleet : IAsyncDisposable
{
    private readonly InProcessRegistry _registry;
    private readonly Process _hosts;

    private RealFleet(InProcessRegistry registry, Process hosts) => (_registry, _hosts) = (registry, hosts);

    public string Registry => _registry.Address;

    public static async Task<RealFleet> StartAsync(HostPlan plan)
    {
        var registry = await InProcessRegistry.StartAsync();
        var fleet = new RealFleet(registry, OwnProgram.Start(HostsProgram.Arguments(plan, registry.Address)));
        await fleet.ExpectAsync("ready");
        return fleet;
    }

    /// <summary>Drains a server, stops it, starts it anew, and waits until it is listed.</summary>
    public async Task RestartAsync(int index)
    {
        var line = index.ToString(CultureInfo.InvariantCulture);
        await _hosts.StandardInput.WriteLineAsync(line);
        await _hosts.StandardInput.FlushAsync();
        await ExpectAsync(line);
    }

    public async ValueTask DisposeAsync()
    {
        _hosts.StandardInput.Close();
        await _hosts.WaitForExitAsync();
        _hosts.Dispose();
        await _registry.DisposeAsync();
    }

    private async Task ExpectAsync(string line)
    {
        if (await _hosts.StandardOutput.ReadLineAsync() is var said && said != line)
        {
            throw new InvalidOperationException($"The servers said '{said ?? "nothing more"}' where '{line}' was expected.");
        }
    }
}
