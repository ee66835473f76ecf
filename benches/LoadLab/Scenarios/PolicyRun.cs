using Muster.Bench.LoadLab.Clients;
using Muster.Bench.LoadLab.Engine;
using Muster.Client.Balancing;
using Muster.Client.Telemetry;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One policy, in one world, on one trace.</summary>
internal static class PolicyRun
{
    /// <summary>Runs it: fleets and pickers as shipped, one attempt for each request.</summary>
    /// <param name="policy">One of <see cref="Policies"/>.</param>
    /// <param name="world">What it is put into.</param>
    /// <param name="trace">Who asks when for what.</param>
    /// <param name="warmUp">Requests made after this time count.</param>
    /// <param name="seed">Decides what the trace does not.</param>
    /// <param name="subset">How clients keep to some of the servers; null is to all.</param>
    public static RunFigures Of(string policy, World world, Trace trace, TimeSpan warmUp, ulong seed, Subset? subset = null)
    {
        var clock = new VirtualClock();
        using var metrics = new ClientMetrics(null);
        var ejections = new EjectionCounter();
        var usesReports = ShippedClient.UsesReports(policy);
        var shipped = new List<ShippedClient>();
        var figures = new Simulation(world, trace, warmUp, CreateAll, usesReports, clock, seed).Run();
        figures.Ejections = ejections.Count;
        shipped.ForEach(c => c.Dispose());
        return figures;

        PickingClients CreateAll(Simulation simulation) => new(
            simulation, [.. Enumerable.Range(0, trace.Clients).Select(i => Create(simulation, i))], usesReports && world.RespondsWithReports, seed);

        ILabClient Create(Simulation simulation, int number)
        {
            if (policy == Policies.Oracle)
            {
                return new OracleClient(simulation, clock, SeedOf(seed, number));
            }

            shipped.Add(new ShippedClient(
                new ShippedPlan(policy, number, trace.Clients, subset), clock, SeedOf(seed, number), metrics, ejections));
            return shipped[^1];
        }
    }

    /// <summary>Runs the whole handler, with what it does about failures and slow answers.</summary>
    public static RunFigures OfHandler(BalancingOptions options, World world, Trace trace, TimeSpan warmUp, ulong seed)
    {
        // Where a context is set, what is awaited may go on elsewhere.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            HandlerClients? clients = null;
            var clock = new VirtualClock();
            var figures = new Simulation(world, trace, warmUp, CreateAll, ShippedClient.UsesReports(options.Policy), clock, seed).Run();
            clients!.Dispose();
            return figures;

            HandlerClients CreateAll(Simulation simulation) => clients = new HandlerClients(
                [.. Enumerable.Range(0, trace.Clients).Select(i => new HandlerClient(simulation, options, clock, SeedOf(seed, i)))]);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static ulong SeedOf(ulong seed, int client) => LabRandom.Derive(seed, 1000 + (ulong)client);
}
