using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A server drains, leaves and comes back as another process.</summary>
/// <param name="announced">From its announcement until it stops as soon as it is idle. Longer than the registry takes to tell everybody; the
/// product's barrier waits for exactly that, and then for the last request.</param>
/// <param name="down">From when it leaves until it is listed anew.</param>
internal sealed class RollingRestart(TimeSpan announced, TimeSpan down)
{
    // How often it looks whether it is idle.
    private readonly TimeSpan _check = announced / 2;

    /// <summary>What restarts all servers, one after the other at fixed times.</summary>
    public IReadOnlyList<(TimeSpan At, Action<Simulation> Act)> Script(int servers, TimeSpan begin, TimeSpan each) =>
        [.. Enumerable.Range(0, servers).Select(i => (begin + (each * i), Restart(i)))];

    private Action<Simulation> Restart(int index) => simulation =>
    {
        simulation.Registry.Drain(simulation.Servers[index]);
        simulation.After(announced, s => LeaveWhenIdle(s, s.Servers[index]));
    };

    private void LeaveWhenIdle(Simulation simulation, SimServer server)
    {
        if (server.InFlight > 0)
        {
            simulation.After(_check, s => LeaveWhenIdle(s, server));
            return;
        }

        simulation.Registry.Remove(server);
        server.Mode = ServerMode.Down;
        simulation.After(down, s =>
        {
            server.Restart();
            s.Registry.List(server);
        });
    }
}
