using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Load beyond what servers are promised, which works out only for those whose neighbours leave them something.</summary>
/// <remarks>After the testbed of Prequal (NSDI 2024): a server is allocated four cores' worth; most machines have more to give,
/// but where a neighbour is greedy there is the allocation and no more, and which neighbours are greedy changes every half
/// minute, in the middle of a step. Load counts in allocations and grows by 11 % a step.</remarks>
internal sealed class RampScenario : Scenario
{
    private const string NoTimeout = "highest load before the first time-out";
    private const string P99AtOne = "p99 at load 1.03, ms";
    private const string Errors = "timed out ÷ requests, whole ramp";

    /// <summary>Speed where a neighbour leaves room.</summary>
    private const double RoomySpeed = 2.5;

    /// <summary>One server in five has a greedy neighbour.</summary>
    private const int GreedyOneIn = 5;

    private static readonly double[] s_loads = [0.75, 0.83, 0.93, 1.03, 1.14, 1.27, 1.41, 1.57, 1.74];
    private static readonly TimeSpan s_neighboursChange = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    public override string Name => "ramp";

    public override string Title => "40 clients, 40 servers of which a changing fifth has no room, load 0.75 to 1.74 of the allocation, time-outs of 5 s";

    public override string Pictured => NoTimeout;

    public override bool IsMoreBetter => true;

    public override IReadOnlyList<Chart> Charts { get; } =
    [
        new("p999", "p99.9 as load grows beyond the allocation; 5 s is the time-out", "load ÷ allocation", "p99.9, ms", IsLogarithmic: true),
    ];

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var isWhole = scale.Requests >= 1_000_000;
        var (servers, step) = isWhole ? (40, TimeSpan.FromSeconds(30)) : (10, TimeSpan.FromSeconds(15));
        var warmUp = step;
        var world = new World
        {
            Speeds = World.EqualSpeeds(servers),
            Deadline = s_timeout,
            SeriesStep = step,
            Script = [(TimeSpan.Zero, s => s.Every(TimeSpan.Zero, s_neighboursChange, _ => ChangeNeighbours(s, seed)))],
        };
        var stretches = s_loads.Select(load => new Stretch(step, RateFor(world, load)));
        var trace = Trace.Make(
            new TracePlan([new Stretch(warmUp, RateFor(world, s_loads[0])), .. stretches], TracePlan.EqualClients(servers),
                world.MeanService.Ticks, ServiceTimes.LogNormal), seed);
        var findings = new Findings();
        foreach (var policy in Policies.Spreading(policies))
        {
            var figures = PolicyRun.Of(policy, world, trace, warmUp, seed);
            var steps = figures.Series.Skip((int)Math.Round(warmUp / step)).ToList();
            var failing = steps.FindIndex(s => s.Errors > 0);
            findings.Add(NoTimeout, policy, failing switch { < 0 => s_loads[^1], 0 => 0, _ => s_loads[failing - 1] });
            findings.Add(P99AtOne, policy, steps[Array.IndexOf(s_loads, 1.03)].Latencies.PercentileTicks(0.99) / TimeSpan.TicksPerMillisecond);
            findings.Add(Errors, policy, (double)figures.Errors / figures.Requests);
            findings.AddCurve("p999", policy, s_loads.Zip(steps, (load, s) => (load, P999WithTimeouts(s))));
        }

        return findings;
    }

    // A request that timed out took at least as long as the time-out.
    private static double P999WithTimeouts(SeriesPoint step)
    {
        var all = new LatencyHistogram();
        all.Add(step.Latencies);
        for (long i = 0; i < step.Errors; i++)
        {
            all.Add(s_timeout.Ticks);
        }

        return all.PercentileTicks(0.999) / TimeSpan.TicksPerMillisecond;
    }

    private static void ChangeNeighbours(Simulation simulation, ulong seed)
    {
        var round = (ulong)(simulation.Elapsed / s_neighboursChange);
        foreach (var server in simulation.Servers)
        {
            var isGreedy = LabRandom.Of(seed, (round * 10_000) + (ulong)server.Index) < 1.0 / GreedyOneIn;
            server.Speed = isGreedy ? 1 : RoomySpeed;
        }
    }
}
