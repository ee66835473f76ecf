using Muster.Bench.LoadLab.Clients;
using Muster.Bench.LoadLab.Engine;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Clients that each call only some of the servers: fewer connections, and figures that fewer share.</summary>
/// <param name="name">The scenario's name.</param>
/// <param name="title">What happens.</param>
/// <param name="clientWeights">What each client asks for, beside the others.</param>
internal sealed class SubsetScenario(string name, string title, IReadOnlyList<double> clientWeights) : Scenario
{
    private const int Servers = 100;
    private const double Load = 0.8;
    private const string All = "p99 ÷ central queue, all servers";

    // One of each kind: what reports say, what is known here, latency, nothing.
    private static readonly string[] s_policies =
        [PolicyNames.Adaptive, PolicyNames.LeastRequest, PolicyNames.PeakEwma, PolicyNames.RoundRobin];

    private static readonly int[] s_sizes = [10, 20];

    public override string Name => name;

    public override string Title => title;

    public override string Pictured => RingOf(s_sizes[^1]);

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var world = new World { Speeds = World.EqualSpeeds(Servers) };
        var measured = TimeSpan.FromSeconds(scale.Requests / 3.0 / RateFor(world, Load));
        var trace = SteadyTrace(world, clientWeights, Load, scale.WarmUp + measured, seed);
        var reference = CentralQueue.Of(world, trace, scale.WarmUp).PercentileTicks(0.99);
        var findings = new Findings();
        foreach (var policy in policies.Where(s_policies.Contains))
        {
            findings.Add(All, policy, P99Of(policy, null));
            foreach (var size in s_sizes)
            {
                findings.Add(RingOf(size), policy, P99Of(policy, new Subset(size, IsRing: true)));
                findings.Add($"random {size}", policy, P99Of(policy, new Subset(size, IsRing: false)));
            }
        }

        return findings;

        double P99Of(string policy, Subset? subset) =>
            PolicyRun.Of(policy, world, trace, scale.WarmUp, seed, subset).Latencies.PercentileTicks(0.99) / reference;
    }

    private static string RingOf(int size) => $"ring of {size}";
}
