using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One of ten servers is of no use: it fails every request at once, which makes it look fast and idle, or it answers none.</summary>
/// <param name="name">The scenario's name.</param>
/// <param name="title">What happens.</param>
/// <param name="fault">What the server does.</param>
/// <param name="deadline">How long callers wait; null: for ever.</param>
internal sealed class BlackHoleScenario(string name, string title, ServerMode fault, TimeSpan? deadline) : Scenario
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

    public static BlackHoleScenario FailsAtOnce { get; } = new(
        "black-hole", "10 clients × 1,000 requests/s, 10 servers, load 0.6; one fails every request in 1 % of a service time; no retries",
        ServerMode.FailingAtOnce, deadline: null);

    /// <summary>Nothing but the callers' own patience tells them; forty service times of it, as others' calls may be slow.</summary>
    public static BlackHoleScenario Hangs { get; } = new(
        "hanging", "10 clients × 1,000 requests/s, 10 servers, load 0.6; one answers nothing and callers wait 100 ms; no retries, no AttemptTimeout",
        ServerMode.Hanging, TimeSpan.FromMilliseconds(100));

    public override string Name => name;

    public override string Title => title;

    public override string Pictured => Errors;

    public override IReadOnlyList<Chart> Charts { get; } =
    [
        new("share", "Share of the faulty server (1 is fair)", "seconds since its fault began", "share ÷ fair share", YMax: 2, Shade: (0, s_fault.TotalSeconds)),
    ];

    public override Aim? AimOf(string figure, string policy) => figure == Errors && fault == ServerMode.FailingAtOnce ? ForDefault(policy, Aim.AtMost(0.01)) : null;

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
            Deadline = deadline,
            Script = [(begin, s => s.Servers[Hole].Mode = fault)],
        };
        var trace = SteadyTrace(world, Clients, PerSecond / RateFor(world, 1), begin + s_fault, seed);
        var findings = new Findings();
        foreach (var policy in policies)
        {
            var series = new Series(PolicyRun.Of(policy, world, trace, scale.WarmUp, seed).Series, s_step);
            var errors = (double)series.Errors(begin, begin + s_fault);
            findings.Add(Errors, policy, errors * Servers / series.Attempts(begin, begin + s_fault));
            findings.Add(FirstSecond, policy, series.Errors(begin, begin + TimeSpan.FromSeconds(1)) / errors);
            findings.Add(P99, policy, series.Growth(0.99, s_before, begin, begin + s_fault));
            findings.AddCurve("share", policy, series.Points(begin, p => Servers * (double)p.ToWatched / p.Attempts));
        }

        return findings;
    }
}
