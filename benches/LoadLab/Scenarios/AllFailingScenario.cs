using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Every server answers 503 to requests that may be sent twice: retries must not make it worse.</summary>
internal sealed class AllFailingScenario : Scenario
{
    private const int Servers = 20;
    private const int Clients = 20;
    private const double Load = 0.7;

    public override string Name => "all-failing";

    public override string Title => "20 clients, 20 servers that answer 503 to everything, idempotent requests, retries as they come";

    public override string Pictured => FigureNames.Attempts;

    public override Aim? AimOf(string figure, string policy) =>
        figure == FigureNames.Attempts ? ForDefault(policy, Aim.AtMost(1.1)) : null;

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            Script = [(TimeSpan.Zero, static s => Array.ForEach(s.Servers, server => server.Mode = ServerMode.FailingAtOnce))],
        };
        // A client's budget lends 30 retries at the start, which 300 calls pay back: each client makes more than that, also in a quick run.
        var trace = SteadyTrace(world, Clients, Load, TimeSpan.FromSeconds(scale.Requests / 3.0 / RateFor(world, Load)), seed);
        var findings = new Findings();
        foreach (var policy in policies.Where(p => p is Policies.Default))
        {
            var figures = PolicyRun.OfHandler(new BalancingOptions { Policy = policy }, world, trace, TimeSpan.Zero, seed);
            findings.Add(FigureNames.Attempts, policy, (double)figures.Attempts / figures.Requests);
            findings.Add(FigureNames.Errors, policy, (double)figures.Errors / figures.Requests);
        }

        return findings;
    }
}
