namespace Muster.Bench.LoadLab.Engine;

/// <summary>What a trace is made of.</summary>
/// <param name="Stretches">Arrivals per second of all clients, one stretch after the other.</param>
/// <param name="ClientWeights">Each client's share of them.</param>
/// <param name="MeanServiceTicks">Work of a request at speed 1.</param>
/// <param name="ServiceTimes">How it is distributed.</param>
internal sealed record TracePlan(
    IReadOnlyList<Stretch> Stretches, IReadOnlyList<double> ClientWeights, double MeanServiceTicks, ServiceTimes ServiceTimes)
{
    public static IReadOnlyList<double> EqualClients(int count) => [.. Enumerable.Repeat(1.0, count)];
}
