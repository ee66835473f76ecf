using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Every scenario, in the order of the tables.</summary>
internal static class AllScenarios
{
    public static IReadOnlyList<Scenario> List { get; } =
    [
        new SteadyScenario("equal-0.8", "100 clients, 100 equal servers, load 0.8")
        {
            World = new World { Speeds = World.EqualSpeeds(100) },
            ClientWeights = TracePlan.EqualClients(100),
            Load = 0.8,
            P99Max = 1.10,
        },
        new SteadyScenario("equal-0.9", "100 clients, 100 equal servers, load 0.9")
        {
            World = new World { Speeds = World.EqualSpeeds(100) },
            ClientWeights = TracePlan.EqualClients(100),
            Load = 0.9,
            P99Max = 1.15,
        },
        new SteadyScenario("half-speed", "100 clients, 100 servers, every fourth at half speed, load 0.75, no configured weights")
        {
            World = new World { Speeds = World.EveryNth(100, 4, 0.5) },
            ClientWeights = TracePlan.EqualClients(100),
            Load = 0.75,
            P99Max = 1.25,
        },
        new SteadyScenario("small", "4 clients, 20 equal servers, load 0.8")
        {
            World = new World { Speeds = World.EqualSpeeds(20) },
            ClientWeights = TracePlan.EqualClients(4),
            Load = 0.8,
            P99Max = 1.04,
        },
        new SteadyScenario("small-half-speed", "4 clients, 20 servers, every fourth at half speed, load 0.75, no configured weights")
        {
            World = new World { Speeds = World.EveryNth(20, 4, 0.5) },
            ClientWeights = TracePlan.EqualClients(4),
            Load = 0.75,
            P99Max = 1.25,
        },
        new SteadyScenario("unequal-clients", "100 clients, ten of which make half of all requests, 100 equal servers, load 0.8")
        {
            World = new World { Speeds = World.EqualSpeeds(100) },
            // Ten of weight 9 and ninety of weight 1: 90 of 180.
            ClientWeights = [.. Enumerable.Range(0, 100).Select(i => i % 10 == 0 ? 9.0 : 1.0)],
            Load = 0.8,
            P99Max = 1.10,
        },
        new SteadyScenario("weights", "100 clients, 100 servers, every fourth at half speed and of half the weight, load 0.75")
        {
            World = new World { Speeds = World.EveryNth(100, 4, 0.5), Weights = World.EveryNth(100, 4, 1, others: 2) },
            ClientWeights = TracePlan.EqualClients(100),
            Load = 0.75,
            P99Max = 1.25,
        },
        new SteadyScenario("small-weights", "4 clients, 20 servers, every fourth at half speed and of half the weight, load 0.75")
        {
            World = new World { Speeds = World.EveryNth(20, 4, 0.5), Weights = World.EveryNth(20, 4, 1, others: 2) },
            ClientWeights = TracePlan.EqualClients(4),
            Load = 0.75,
            P99Max = 1.25,
        },
        // By weight the heaviest has 4 of 35, the mean is 1 of 20: 2.29. All calls at the heaviest five were 4.
        new SteadyScenario("weights-idle", "4 clients, 20 equal servers, every fourth of four times the weight, load 0.02")
        {
            World = new World { Speeds = World.EqualSpeeds(20), Weights = World.EveryNth(20, 4, 4, others: 1) },
            ClientWeights = TracePlan.EqualClients(4),
            Load = 0.02,
            UtilizationMax = 2.75,
        },
        new SubsetScenario("subsets", "100 clients, 100 servers, load 0.8; each client calls a subset", TracePlan.EqualClients(100)),
        new SubsetScenario(
            "subsets-unequal", "100 clients, 100 servers, load 0.8; each client calls a subset, and ten neighbours make half of all requests",
            [.. Enumerable.Range(0, 100).Select(i => i < 10 ? 9.0 : 1.0)]),
        new StaleReportsScenario(),
        new GreyFailureScenario(),
        BlackHoleScenario.FailsAtOnce,
        BlackHoleScenario.Hangs,
        new PartitionScenario(),
        new RandomErrorsScenario(),
        new NewcomerScenario(TimeSpan.Zero),
        new NewcomerScenario(TimeSpan.FromSeconds(3)),
        new RollingRestartScenario(),
        new SmallRestartScenario(),
        new RampScenario(),
        new AllFailingScenario(),
        new HedgingScenario(),
    ];
}
