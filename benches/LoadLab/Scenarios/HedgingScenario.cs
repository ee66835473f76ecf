using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;
using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One answer in a hundred is held up by thirty service times: with hedges and without.</summary>
internal sealed class HedgingScenario : Scenario
{
    private const string P999 = "p99.9 hedged ÷ unhedged";
    private const string P99 = "p99 hedged ÷ unhedged";
    private const string P50 = "p50 hedged ÷ unhedged";
    private const string Extra = "attempts beyond the first ÷ requests";

    private const int Servers = 20;
    private const int Clients = 20;
    private const double Load = 0.5;

    public override string Name => "hedging";

    public override string Title => "20 clients, 20 servers, load 0.5; one answer in a hundred comes 30 service times late";

    public override string Pictured => P999;

    public override Aim? AimOf(string figure, string policy) => figure switch
    {
        P999 => ForDefault(policy, Aim.AtMost(0.5)),
        Extra => ForDefault(policy, Aim.AtMost(0.05)),
        _ => null,
    };

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var world = new World { Speeds = World.EqualSpeeds(Servers), StragglerShare = 0.01 };
        world = world with { StragglesBy = world.MeanService * 30 };
        var measured = TimeSpan.FromSeconds(scale.Requests / 3.0 / RateFor(world, Load));
        var trace = SteadyTrace(world, Clients, Load, scale.WarmUp + measured, seed);
        var findings = new Findings();
        foreach (var policy in policies.Where(p => p is Policies.Default))
        {
            var options = new BalancingOptions { Policy = policy };
            var without = PolicyRun.OfHandler(options, world, trace, scale.WarmUp, seed);
            var with = PolicyRun.OfHandler(options with { Hedging = new HedgingOptions() }, world, trace, scale.WarmUp, seed);
            findings.Add(P999, policy, Ratio(with, without, 0.999));
            findings.Add(P99, policy, Ratio(with, without, 0.99));
            findings.Add(P50, policy, Ratio(with, without, 0.5));
            findings.Add(Extra, policy, ((double)with.Attempts / with.Requests) - 1);
        }

        return findings;
    }

    private static double Ratio(RunFigures with, RunFigures without, double share) =>
        with.Latencies.PercentileTicks(share) / without.Latencies.PercentileTicks(share);
}
