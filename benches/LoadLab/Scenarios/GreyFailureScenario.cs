using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One of twenty servers is ten times slower for a while, and says nothing.</summary>
internal sealed class GreyFailureScenario : Scenario
{
    private const string P99 = "p99 in the fault ÷ before";
    private const string P999 = "p99.9 in the fault ÷ before";
    private const string Share = "its share of fair, from 1 s on";
    private const string Back = "its share of fair, from 10 s after";
    private const string Reaction = "seconds until its share is ≤ 20 %";

    private const int Servers = 20;
    private const int Clients = 20;
    private const int Slow = 7;
    private const double Load = 0.7;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_fault = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_reaction = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(0.5);

    public override string Name => "grey-failure";

    public override string Title => "20 clients, 20 servers, load 0.7; one server ten times slower for 30 s";

    public override string Pictured => P99;

    public override IReadOnlyList<Chart> Charts { get; } =
    [
        new("share", "Share of the slow server (1 is fair)", "seconds since it became slow", "share ÷ fair share", YMax: 2, Shade: (0, s_fault.TotalSeconds)),
        new("p99", "p99 of all requests", "seconds since a server became slow", "p99, ms", IsLogarithmic: true, Shade: (0, s_fault.TotalSeconds)),
    ];

    public override Aim? AimOf(string figure, string policy) => figure switch
    {
        P99 => ForDefault(policy, Aim.AtMost(1.3)),
        Share => ForDefault(policy, Aim.AtMost(0.2)),
        Back => ForDefault(policy, Aim.AtLeast(0.8)),
        _ => null,
    };

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var begin = scale.WarmUp + s_before;
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            SeriesStep = s_step,
            Watched = Slow,
            Script =
            [
                (begin, static s => s.Servers[Slow].Speed /= 10),
                (begin + s_fault, static s => s.Servers[Slow].Speed *= 10),
            ],
        };
        var trace = SteadyTrace(world, Clients, Load, begin + s_fault + s_after, seed);
        var findings = new Findings();
        foreach (var policy in policies)
        {
            var series = new Series(PolicyRun.Of(policy, world, trace, scale.WarmUp, seed).Series, s_step);
            findings.Add(P99, policy, series.Growth(0.99, s_before, begin, begin + s_fault));
            findings.Add(P999, policy, series.Growth(0.999, s_before, begin, begin + s_fault));
            findings.Add(Share, policy, Servers * series.ShareOfWatched(begin + s_reaction, begin + s_fault));
            findings.Add(Back, policy, Servers * series.ShareOfWatched(begin + s_fault + s_recovery, begin + s_fault + s_after));
            findings.Add(Reaction, policy, SecondsUntilSpared(series, begin));
            findings.AddCurve("share", policy, series.Points(begin, p => Servers * (double)p.ToWatched / p.Attempts));
            findings.AddCurve("p99", policy, series.Points(begin, p => p.Latencies.PercentileTicks(0.99) / TimeSpan.TicksPerMillisecond));
        }

        return findings;
    }

    private static double SecondsUntilSpared(Series series, TimeSpan begin)
    {
        for (var at = TimeSpan.Zero; at < s_fault; at += s_step)
        {
            if (Servers * series.ShareOfWatched(begin + at, begin + at + s_step) <= 0.2)
            {
                return at.TotalSeconds;
            }
        }

        return double.PositiveInfinity;
    }
}
