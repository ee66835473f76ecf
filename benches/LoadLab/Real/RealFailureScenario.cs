using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Real;

/// <summary>Every server answers UNAVAILABLE to requests that may be sent twice: what retries make of it.</summary>
internal sealed class RealFailureScenario : RealScenario
{
    private const int Servers = 10;
    private const int Clients = 4;

    public override string Name => "real-all-failing";

    public override string Title => "4 clients, 10 servers that answer UNAVAILABLE to every gRPC call; idempotent calls";

    public override Aim? AimOf(string figure, string policy) =>
        figure == FigureNames.Attempts ? ForDefault(policy, Aim.AtMost(1.1)) : null;

    protected override async Task<Findings> RunAsync(
        ulong seed, bool isQuick, IReadOnlyList<string> policies, CancellationToken cancellationToken)
    {
        var world = new World { Speeds = World.EqualSpeeds(Servers), MeanService = MeanService };
        var trace = SteadyTrace(world, Clients, 0.6, TimeSpan.FromSeconds(isQuick ? 10 : 30), seed);
        var findings = new Findings();
        await using var fleet = await RealFleet.StartAsync(new HostPlan(world.Speeds, RealProtocol.Grpc) { Fails = true }, cancellationToken);
        foreach (var policy in policies.Where(p => p is Policies.Default))
        {
            var (loop, attempts) = await SendAsync(fleet, policy, RealProtocol.Grpc, trace, cancellationToken);
            findings.Add(FigureNames.Attempts, policy, (double)attempts / trace.Count);
            findings.Add(FigureNames.Errors, policy, (double)loop.Failed.Count / trace.Count);
        }

        return findings;
    }
}
