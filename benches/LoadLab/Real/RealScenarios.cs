using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Real;

/// <summary>Every scenario that is run over real sockets.</summary>
internal static class RealScenarios
{
    public static IReadOnlyList<Scenario> List { get; } =
    [
        new RealSteadyScenario("real-small", "Real: 4 clients, 20 equal servers, load 0.8", World.EqualSpeeds(20), 0.8),
        new RealSteadyScenario(
            "real-small-half-speed", "Real: 4 clients, 20 servers, every fourth at half speed, load 0.75, no configured weights",
            World.EveryNth(20, 4, 0.5), 0.75),
        new RealRestartScenario("real-restart-http1", RealProtocol.Http1),
        new RealRestartScenario("real-restart-http2", RealProtocol.Http2),
        new RealRestartScenario("real-restart-grpc", RealProtocol.Grpc),
        new RealFailureScenario(),
    ];
}
