using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A quarter of the clients cannot reach a quarter of the servers for a while: what they send there is lost. The registry and everybody
/// else can, so nobody tells them.</summary>
/// <remarks>Harder than life: a real connection is found dead by its pings, and then connecting fails; here nothing but the callers' own
/// patience tells.</remarks>
internal sealed class PartitionScenario : Scenario
{
    private const string Errors = "timed out ÷ their fair share of requests";
    private const string P99 = "p99 of answers ÷ before";
    private const string Share = "a lost server's share of fair, from all";
    private const string Back = "the same, from 10 s after";

    private const int Servers = 20;
    private const int Clients = 20;
    private const int CutServers = Servers / 4;
    private const int CutClients = Clients / 4;
    private const double Load = 0.6;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_fault = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(0.5);

    public override string Name => "partition";

    public override string Title =>
        "20 clients, 20 servers, load 0.6; for 30 s what five of the clients send to five of the servers is lost, and callers wait 400 ms; no retries";

    public override string Pictured => Errors;

    // Who is not cut off must take up for those who are, so that nobody waits longer. How many time out has no aim: with retries or an
    // AttemptTimeout, which callers should have, lost calls are failures, and the circuit opens after five.
    public override Aim? AimOf(string figure, string policy) => figure switch
    {
        P99 => ForDefault(policy, Aim.AtMost(1.3)),
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
            Watched = 0,
            Deadline = TimeSpan.FromMilliseconds(400),
            Script =
            [
                (begin, static s => s.Network.IsLost = static (client, server) => client < CutClients && server < CutServers),
                (begin + s_fault, static s => s.Network.IsLost = null),
            ],
        };
        var trace = SteadyTrace(world, Clients, Load, begin + s_fault + s_after, seed);
        var findings = new Findings();
        foreach (var policy in policies)
        {
            var series = new Series(PolicyRun.Of(policy, world, trace, scale.WarmUp, seed).Series, s_step);
            var fair = series.Attempts(begin, begin + s_fault) * ((double)CutClients / Clients) * ((double)CutServers / Servers);
            findings.Add(Errors, policy, series.Errors(begin, begin + s_fault) / fair);
            findings.Add(P99, policy, series.Growth(0.99, s_before, begin, begin + s_fault));
            findings.Add(Share, policy, Servers * series.ShareOfWatched(begin, begin + s_fault));
            findings.Add(Back, policy, Servers * series.ShareOfWatched(begin + s_fault + s_recovery, begin + s_fault + s_after));
        }

        return findings;
    }
}
