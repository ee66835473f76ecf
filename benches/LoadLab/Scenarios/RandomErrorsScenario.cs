using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Every server fails one request in a hundred, by chance: nobody is worse than the others, so nobody is to be set aside.</summary>
internal sealed class RandomErrorsScenario : Scenario
{
    private const string Ejections = "ejections";

    private const int Servers = 20;
    private const int Clients = 20;
    private const double Load = 0.7;
    private const double FailureShare = 0.01;

    public override string Name => "random-errors";

    public override string Title => "20 clients, 20 servers, load 0.7; each request fails with a chance of 1 %";

    public override Aim? AimOf(string figure, string policy) => figure == Ejections ? Aim.AtMost(0) : null;

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            Script = [(TimeSpan.Zero, static s => Array.ForEach(s.Servers, server => server.FailureShare = FailureShare))],
        };
        // Who is set aside does not depend on the policy, so one that spreads evenly stands for all; ten million requests of three
        // million that others get.
        var requests = scale.Requests * 10.0 / 3;
        var trace = SteadyTrace(world, Clients, Load, TimeSpan.FromSeconds(requests / RateFor(world, Load)), seed);
        var findings = new Findings();
        foreach (var policy in policies.Where(p => p is PolicyNames.Adaptive or PolicyNames.RoundRobin))
        {
            var figures = PolicyRun.Of(policy, world, trace, TimeSpan.Zero, seed);
            findings.Add(Ejections, policy, figures.Ejections);
            findings.Add(FigureNames.Errors, policy, (double)figures.Errors / figures.Requests);
        }

        return findings;
    }
}
