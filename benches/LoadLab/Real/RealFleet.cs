using System.Diagnostics;
using System.Globalization;
using Muster.Bench.LoadDriver;
using Muster.Testing;

namespace Muster.Bench.LoadLab.Real;

/// <summary>A registry, and servers in a process of their own that are listed there.</summary>
internal sealed class RealFleet : IAsyncDisposable
{
    // Longer than a drain takes with answers under way.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly InProcessRegistry _registry;
    private readonly Process _hosts;

    private RealFleet(InProcessRegistry registry, Process hosts) => (_registry, _hosts) = (registry, hosts);

    public string Registry => _registry.Address;

    public static async Task<RealFleet> StartAsync(HostPlan plan, CancellationToken cancellationToken)
    {
        var registry = await InProcessRegistry.StartAsync();
        var fleet = new RealFleet(registry, OwnProgram.Start(HostsProgram.Arguments(plan, registry.Address)));
        try
        {
            await fleet.ExpectAsync("ready", cancellationToken);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drains a server, stops it, starts it anew, and waits until it is listed.</summary>
    public async Task RestartAsync(int index, CancellationToken cancellationToken)
    {
        var line = index.ToString(CultureInfo.InvariantCulture);
        await _hosts.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _hosts.StandardInput.FlushAsync(cancellationToken);
        await ExpectAsync(line, cancellationToken);
    }

    /// <summary>Ends the servers, in order if they come to an end soon, and then the registry.</summary>
    public async ValueTask DisposeAsync()
    {
        _hosts.StandardInput.Close();
        try
        {
            using var patience = new CancellationTokenSource(s_patience, TimeProvider.System);
            await _hosts.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _hosts.Kill();
        }

        _hosts.Dispose();
        await _registry.DisposeAsync();
    }

    private async Task ExpectAsync(string line, CancellationToken cancellationToken)
    {
        if (await _hosts.StandardOutput.ReadLineAsync(cancellationToken) is var said && said != line)
        {
            throw new InvalidOperationException($"The servers said '{said ?? "nothing more"}' where '{line}' was expected.");
        }
    }
}
