using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A server joins a busy fleet: nothing is in flight there, and nobody knows how fast it is.</summary>
/// <param name="coldFor">How long it works at half speed at first.</param>
internal sealed class NewcomerScenario(TimeSpan coldFor) : Scenario
{
    private const string P99 = "its p99 ÷ the others', first 30 s";
    private const string FleetP99 = "p99 of all, first 30 s ÷ before";
    private const string FirstSecond = "its share of fair, first second";
    private const string Later = "its share of fair, after 30 s";

    private const int Servers = 20;
    private const int Clients = 20;
    private const int Newcomer = Servers - 1;
    private const double Load = 0.7;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_young = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(0.5);

    public override string Name => coldFor == TimeSpan.Zero ? "newcomer" : "cold-start";

    public override string Title => coldFor == TimeSpan.Zero
        ? "20 clients, 19 servers, load 0.7; one joins"
        : $"20 clients, 19 servers, load 0.7; one joins that works at half speed for {coldFor.TotalSeconds:0} s";

    public override string? Pictured => coldFor == TimeSpan.Zero ? P99 : null;

    public override IReadOnlyList<Chart> Charts => coldFor != TimeSpan.Zero ? [] :
    [
        new("share", "Share of a server that joins (1 is fair)", "seconds since it joined", "share ÷ fair share", YMax: 2),
    ];

    // At half speed nobody can answer as fast as the others; what is asked then is only that the fleet does not notice.
    public override Aim? AimOf(string figure, string policy) => figure switch
    {
        P99 when coldFor == TimeSpan.Zero => ForDefault(policy, Aim.AtMost(1.5)),
        _ => null,
    };

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var begin = scale.WarmUp + s_before;
        var world = new World
        {
            Speeds = World.EqualSpeeds(Servers),
            SeriesStep = s_step,
            Watched = Newcomer,
            Absent = [Newcomer],
            Script =
            [
                (begin, s =>
                {
                    s.Servers[Newcomer].Speed = coldFor == TimeSpan.Zero ? 1 : 0.5;
                    s.Registry.List(s.Servers[Newcomer]);
                }),
                (begin + coldFor, static s => s.Servers[Newcomer].Speed = 1),
            ],
        };
        var trace = SteadyTrace(world, Clients, Load * (Servers - 1) / Servers, begin + s_young + s_after, seed);
        var findings = new Findings();
        foreach (var policy in policies)
        {
            var series = new Series(PolicyRun.Of(policy, world, trace, scale.WarmUp, seed).Series, s_step);
            var (fleet, own) = (series.Latencies(begin, begin + s_young), series.OfWatched(begin, begin + s_young));
            findings.Add(P99, policy, own.PercentileTicks(0.99) / fleet.Without(own).PercentileTicks(0.99));
            findings.Add(FleetP99, policy, fleet.PercentileTicks(0.99) / series.Latencies(begin - s_before, begin).PercentileTicks(0.99));
            findings.Add(FirstSecond, policy, Servers * series.ShareOfWatched(begin, begin + TimeSpan.FromSeconds(1)));
            findings.Add(Later, policy, Servers * series.ShareOfWatched(begin + s_young, begin + s_young + s_after));
            if (coldFor == TimeSpan.Zero)
            {
                findings.AddCurve("share", policy, series.Points(begin, p => Servers * (double)p.ToWatched / p.Attempts));
            }
        }

        return findings;
    }
}
