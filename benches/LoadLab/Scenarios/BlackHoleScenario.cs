using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One of ten servers fails every request at once, which makes it look fast and idle.</summary>
internal sealed class BlackHoleScenario : Scenario
{
    private const string Errors = "errors ÷ its fair share of requests";
    private const string FirstSecond = "errors of the first second ÷ all";
    private const string P99 = "p99 of answers ÷ before";

    private const int Servers = 10;
    private const int Clients = 10;
    private const int Hole = 3;
    private const double PerSecond = 10_000;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_fault = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(0.5);

    public override string Name => "black-hole";

    public override string Title => "10 clients × 1,000 requests/s, 10 servers, load 0.6; one fails every request in 1 % of a service time; no retries";

    public override string Pictured => Errors;

    public override IReadOnlyList<Chart> Charts { get; } =
    [
        new("share", "Share of the failing server (1 is fair)", "seconds since it began to fail", "share ÷ fair share", YMax: 2, Shade: (0, s_fault.TotalSeconds)),
    ];

    public override Aim? AimOf(string figure, string policy) => figure == Errors ? ForDefault(policy, Aim.AtMost(0.01)) : null;

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var begin = scale.WarmUp + s_before;
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            // Four cores of ten servers, busy for 0.6 of their time with 10,000 requests per second.
            MeanService = TimeSpan.FromMilliseconds(2.4),
            Rtt = TimeSpan.FromMilliseconds(0.12),
            SeriesStep = s_step,
            Watched = Hole,
            Script = [(begin, static s => s.Servers[Hole].Mode = ServerMode.FailingAtOnce)],
        };
        var trace = SteadyTrace(world, Clients, PerSecond / RateFor(world, 1), begin + s_fault, seed);
        var findings = new Findings();
        foreach (var policy in policies)
        {
            var series = new Series(PolicyRun.Of(policy, world, trace, scale.WarmUp, seed).Series, s_step);
            var errors = (double)series.Errors(begin, begin + s_fault);
            findings.Add(Errors, policy, errors * Servers / series.Attempts(begin, begin + s_fault));
            findings.Add(FirstSecond, policy, series.Errors(begin, begin + TimeSpan.FromSeconds(1)) / errors);
            findings.Add(P99, policy, series.Latencies(begin, begin + s_fault).PercentileTicks(0.99)
                / series.Latencies(begin - s_before, begin).PercentileTicks(0.99));
            findings.AddCurve("share", policy, series.Points(begin, p => Servers * (double)p.ToWatched / p.Attempts));
        }

        return findings;
    }
}
