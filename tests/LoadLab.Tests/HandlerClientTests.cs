using Muster.Bench.LoadLab.Clients;
using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core.Replica;

namespace Muster.Bench.LoadLab.Tests;

/// <summary>The whole handler on virtual time.</summary>
public class HandlerClientTests
{
    private const int Servers = 5;
    private const ulong Seed = 1;

    private static readonly World s_world = new() { Speeds = World.EqualSpeeds(Servers) };
    private static readonly BalancingOptions s_options = new() { Policy = PolicyNames.Adaptive };

    [Fact]
    public void OfHandler_NothingFails_SendsEachRequestOnce()
    {
        var figures = Run(s_options, s_world);

        Assert.Equal((figures.Requests, figures.Requests, 0), (figures.Latencies.Count, figures.Attempts, figures.Errors));
    }

    // One of five hosts is not there: who meets it goes on elsewhere at once.
    [Fact]
    public void OfHandler_OneHostRefuses_AnswersAll()
    {
        var figures = Run(s_options, s_world with { Script = [(TimeSpan.Zero, static s => s.Servers[2].Mode = ServerMode.Down)] });

        Assert.Equal((figures.Requests, 0), (figures.Latencies.Count, figures.Errors));
        Assert.True(figures.Attempts > figures.Requests);
    }

    [Fact]
    public void OfHandler_EveryAnswerIsLate_HedgesAsFarAsTheBudgetGoes()
    {
        // Nobody's percentile is known within the first calls, and all take longer than the hedges' first delay.
        var world = s_world with { StragglerShare = 1, StragglesBy = TimeSpan.FromSeconds(1) };

        var figures = Run(s_options with { Hedging = new HedgingOptions { DelayInitial = TimeSpan.FromMilliseconds(100) } }, world);

        Assert.Equal(figures.Requests, figures.Latencies.Count);
        Assert.InRange((double)figures.Attempts / figures.Requests, 1.001, 1.05);
    }

    // An attempt that is given up before it arrives is no load: counted and skipped, it would be in flight for ever.
    [Fact]
    public void Run_AbandonedOnItsWay_LeavesNoLoad()
    {
        var trace = TraceOf(s_world);
        var simulation = new Simulation(s_world, trace, TimeSpan.Zero, static s => new FaintHearted(s), usesReports: false, new VirtualClock(), Seed);

        simulation.Run();

        Assert.Equal(trace.Count, simulation.Recorder.Figures.Requests);
        Assert.All(simulation.Servers, s => Assert.Equal((0, 0), (s.InFlight, s.Busy)));
    }

    private static RunFigures Run(BalancingOptions options, World world) =>
        PolicyRun.OfHandler(options, world, TraceOf(world), TimeSpan.Zero, Seed);

    private static Trace TraceOf(World world)
    {
        var perSecond = 0.7 * Servers * world.Cores / world.MeanService.TotalSeconds;
        return Trace.Make(
            new TracePlan(
                [new Stretch(TimeSpan.FromSeconds(5), perSecond)], TracePlan.EqualClients(2), world.MeanService.Ticks, ServiceTimes.LogNormal),
            Seed);
    }

    // Sends every request to the first server and gives every other one up at once.
    private sealed class FaintHearted(Simulation simulation) : IClientSide
    {
        public (int Slot, long Serial)? Ask(int request, int client)
        {
            var sent = simulation.Network.Send(new Attempt { Request = request });
            if (request % 2 == 0)
            {
                Assert.True(simulation.Network.TryAbandon(sent));
            }

            return null;
        }

        public void Show(ServiceView view)
        {
        }

        public void OnReturned(in Attempt attempt) => Assert.Equal(1, attempt.Request % 2);

        public void OnProbed(in Probe answer)
        {
        }

        public void OnTimedOut(in Attempt attempt)
        {
        }
    }
}
