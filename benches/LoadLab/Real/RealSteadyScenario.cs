using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Real;

/// <summary>A fleet under constant load, measured and simulated on the same trace.</summary>
internal sealed class RealSteadyScenario(string name, string title, IReadOnlyList<double> speeds, double load) : RealScenario
{
    private const string Measured = "measured p99 ÷ central queue";
    private const string Simulated = "simulated p99 ÷ central queue";
    private const string Ratio = "measured ÷ simulated p99";
    private const string RatioOfMedians = "measured ÷ simulated p50";
    private const int Clients = 4;

    public override string Name => name;

    public override string Title => title;

    public override string Pictured => Measured;

    protected override async Task<Findings> RunAsync(
        ulong seed, bool isQuick, IReadOnlyList<string> policies, CancellationToken cancellationToken)
    {
        var world = new World { Speeds = speeds, MeanService = MeanService, Rtt = TimeSpan.FromMilliseconds(1) };
        // By turns for ten seconds, before it trusts its weights, weighted_round_robin heaps up on slow servers what takes twenty to drain.
        var (warmUp, measured) = isQuick ? (TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8)) : (TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(60));
        var trace = SteadyTrace(world, Clients, load, warmUp + measured, seed);
        var reference = CentralQueue.Of(world, trace, warmUp).PercentileTicks(0.99);
        var findings = new Findings();
        await using var fleet = await RealFleet.StartAsync(new HostPlan(speeds, RealProtocol.Http2), cancellationToken);
        foreach (var policy in Policies.Spreading(policies))
        {
            var (loop, _) = await SendAsync(fleet, policy, RealProtocol.Http2, trace, cancellationToken);
            var real = loop.Latencies(warmUp, warmUp + measured);
            var simulated = PolicyRun.Of(policy, world, trace, warmUp, seed).Latencies;
            findings.Add(Measured, policy, real.PercentileTicks(0.99) / reference);
            findings.Add(Simulated, policy, simulated.PercentileTicks(0.99) / reference);
            findings.Add(Ratio, policy, real.PercentileTicks(0.99) / simulated.PercentileTicks(0.99));
            findings.Add(RatioOfMedians, policy, real.PercentileTicks(0.5) / simulated.PercentileTicks(0.5));
            findings.Add(FigureNames.Errors, policy, (double)loop.Failed.Count / trace.Count);
        }

        return findings;
    }
}
