using Muster.Bench.LoadLab.Clients;
using Muster.Bench.LoadLab.Engine;
using Muster.Client.Telemetry;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One policy, in one world, on one trace.</summary>
internal static class PolicyRun
{
    /// <summary>Runs it.</summary>
    /// <param name="policy">One of <see cref="Policies"/>.</param>
    /// <param name="world">What it is put into.</param>
    /// <param name="trace">Who asks when for what.</param>
    /// <param name="warmUp">Requests made after this time count.</param>
    /// <param name="seed">Decides what the trace does not.</param>
    public static RunFigures Of(string policy, World world, Trace trace, TimeSpan warmUp, ulong seed)
    {
        var clock = new VirtualClock();
        using var metrics = new ClientMetrics(null);
        var ejections = new EjectionCounter();
        var clients = new List<ShippedClient>();
        var simulation = new Simulation(world, trace, warmUp, Create, ShippedClient.UsesReports(policy), clock, seed);
        var figures = simulation.Run();
        figures.Ejections = ejections.Count;
        clients.ForEach(c => c.Dispose());
        return figures;

        ILabClient Create(Simulation simulation, int number)
        {
            var own = LabRandom.Derive(seed, 1000 + (ulong)number);
            if (policy == Policies.Oracle)
            {
                return new OracleClient(simulation, clock, own);
            }

            var client = new ShippedClient(policy, clock, own, metrics, ejections);
            clients.Add(client);
            return client;
        }
    }
}
