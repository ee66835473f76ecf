using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace Muster.Bench.LoadLab.Real;

/// <summary>Every server drains, stops and starts anew while requests come, over real sockets.</summary>
internal sealed class RealRestartScenario(string name, RealProtocol protocol) : RealScenario
{
    private const string P99 = "p99 ÷ steady";
    private const string Failed = "failed requests";
    private const string Requests = "requests";
    private const string Seconds = "seconds from draining until listed anew";
    private const int Servers = 10;
    private const int Clients = 4;
    private const double Load = 0.6;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(10);

    public override string Name => name;

    public override string Title => $"4 clients, 10 servers, load 0.6, {protocol switch
    {
        RealProtocol.Http1 => "HTTP/1.1",
        RealProtocol.Http2 => "HTTP/2",
        _ => "gRPC",
    }}; every server is restarted, one after the other";

    public override Aim? AimOf(string figure, string policy) => figure switch
    {
        P99 => ForDefault(policy, Aim.AtMost(1.2)),
        Failed => ForDefault(policy, Aim.AtMost(0)),
        _ => null,
    };

    protected override async Task<Findings> RunAsync(
        ulong seed, bool isQuick, IReadOnlyList<string> policies, CancellationToken cancellationToken)
    {
        var world = new World { Speeds = World.EqualSpeeds(Servers), MeanService = MeanService };
        var (steady, restarts) = isQuick ? (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)) : (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(40));
        var (begin, end) = (s_warmUp + steady, s_warmUp + steady + restarts);
        var trace = SteadyTrace(world, Clients, Load, end, seed);
        var findings = new Findings();
        foreach (var policy in policies.Where(p => p is Policies.Default))
        {
            await using var fleet = await RealFleet.StartAsync(new HostPlan(world.Speeds, protocol), cancellationToken);
            List<double> seconds = [];
            var (loop, _) = await SendAsync(
                fleet, policy, protocol, trace, cancellationToken,
                () => RestartAllAsync(fleet, begin, restarts / Servers, seconds, cancellationToken));
            findings.Add(P99, policy, loop.Latencies(begin, end).PercentileTicks(0.99) / loop.Latencies(s_warmUp, begin).PercentileTicks(0.99));
            findings.Add(Failed, policy, loop.Failed.Count);
            findings.Add(Requests, policy, trace.Count);
            findings.Add(Seconds, policy, seconds.Average());
            foreach (var why in loop.Failed.Select(f => f.Why).Distinct().Take(3))
            {
                Console.Error.WriteLine($"{name}: {why}");
            }
        }

        return findings;
    }

    // At fixed times, so that a slow restart does not move those after it; one that takes longer than its turn delays the next.
    private static async Task RestartAllAsync(
        RealFleet fleet, TimeSpan begin, TimeSpan each, List<double> seconds, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Servers; i++)
        {
            var wait = begin + (each * i) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System, cancellationToken);
            }

            var asked = Stopwatch.GetTimestamp();
            await fleet.RestartAsync(i, cancellationToken);
            seconds.Add(Stopwatch.GetElapsedTime(asked).TotalSeconds);
        }
    }
}
