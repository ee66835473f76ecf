using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Every server drains, leaves and comes back as another process, one after the other.</summary>
internal sealed class RollingRestartScenario : RestartScenario
{
    private const int Servers = 20;
    private const int Clients = 20;
    private const double Load = 0.6;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_perServer = TimeSpan.FromSeconds(4);

    private static readonly RollingRestart s_restart = new(announced: TimeSpan.FromMilliseconds(100), down: TimeSpan.FromSeconds(2));

    public override string Name => "rolling-restart";

    public override string Title => "20 clients, 20 servers, load 0.6; each drains, is away for 2 s and comes back new, one every 4 s";

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var begin = scale.WarmUp + s_before;
        var end = begin + (s_perServer * Servers);
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            SeriesStep = Step,
            Script = s_restart.Script(Servers, begin, s_perServer),
        };
        var trace = SteadyTrace(world, Clients, Load, end, seed);
        var findings = new Findings();
        foreach (var policy in policies)
        {
            var figures = PolicyRun.Of(policy, world, trace, scale.WarmUp, seed);
            var series = new Series(figures.Series, Step);
            Compare(findings, policy, series, s_before, begin, end);
            findings.Add(FigureNames.Errors, policy, (double)figures.Errors / figures.Requests);
        }

        return findings;
    }
}
