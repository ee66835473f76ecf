using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Load figures that are old, or that never come: a policy that lives on them must not do worse than without.</summary>
internal sealed class StaleReportsScenario : Scenario
{
    private const string Old = "p99 ÷ fallback's, registry's figures 10 s old";
    private const string None = "p99 ÷ fallback's, no figures";
    private const string Unsaid = "p99 ÷ fallback's, responses' figures 10 s old without saying so";

    private const int Servers = 100;
    private const int Clients = 100;
    private const double Load = 0.8;
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_agedAfter = s_age + TimeSpan.FromSeconds(2);

    public override string Name => "stale-reports";

    public override string Title => "100 clients, 100 servers, load 0.8; load figures old or missing";

    public override string Pictured => Old;

    public override Aim? AimOf(string figure, string policy) => figure is Old or None or Unsaid ? Aim.AtMost(1.02) : null;

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var world = new World { Speeds = World.EqualSpeeds(Servers), RespondsWithReports = false, RegistryLoadEvery = null };
        // What counts must find old figures there, even in a quick run.
        var warmUp = scale.WarmUp > s_agedAfter ? scale.WarmUp : s_agedAfter;
        var measured = TimeSpan.FromSeconds(scale.Requests / 3.0 / RateFor(world, Load));
        var trace = SteadyTrace(world, Clients, Load, warmUp + measured, seed);
        var fallbacks = new Dictionary<string, double>();
        var findings = new Findings();
        foreach (var policy in policies.Where(Policies.LoadDriven.ContainsKey))
        {
            var fallback = Policies.LoadDriven[policy];
            if (!fallbacks.TryGetValue(fallback, out var expected))
            {
                fallbacks[fallback] = expected = P99Of(fallback, world);
            }

            findings.Add(Old, policy, P99Of(policy, world with { RegistryLoadEvery = TimeSpan.FromMilliseconds(250), ReportAge = s_age }) / expected);
            findings.Add(None, policy, P99Of(policy, world) / expected);
            findings.Add(Unsaid, policy, P99Of(policy, world with { RespondsWithReports = true, ReportAge = s_age }) / expected);
        }

        return findings;

        double P99Of(string policy, World world) => PolicyRun.Of(policy, world, trace, warmUp, seed).Latencies.PercentileTicks(0.99);
    }
}
