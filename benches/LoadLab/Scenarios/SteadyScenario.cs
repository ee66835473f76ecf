using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A fleet under constant load, beside the central queue on the same trace.</summary>
internal sealed class SteadyScenario : Scenario
{
    private readonly string _name;
    private readonly string _title;

    public SteadyScenario(string name, string title) => (_name, _title) = (name, title);

    public override string Name => _name;

    public override string Title => _title;

    public required World World { get; init; }

    public required IReadOnlyList<double> ClientWeights { get; init; }

    /// <summary>Share of what all cores together can do.</summary>
    public required double Load { get; init; }

    /// <summary>Bound for the default policy's p99; null for none.</summary>
    public double? P99Max { get; init; }

    /// <summary>Bound for the default policy's busiest server; null for none.</summary>
    public double? UtilizationMax { get; init; }

    public override Aim? AimOf(string figure, string policy) => (figure, policy) switch
    {
        (FigureNames.P99, Policies.Default) when P99Max is { } bound => Aim.AtMost(bound),
        (FigureNames.Utilization, Policies.Default) when UtilizationMax is { } bound => Aim.AtMost(bound),
        _ => null,
    };

    public override IEnumerable<Measured> Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var perSecond = Load * World.Cores * World.Speeds.Sum() / World.MeanService.TotalSeconds;
        var duration = scale.WarmUp + TimeSpan.FromSeconds(scale.Requests / perSecond);
        var plan = new TracePlan([new Stretch(duration, perSecond)], ClientWeights, World.MeanService.Ticks, ServiceTimes.LogNormal);
        var trace = Trace.Make(plan, seed);
        var reference = new CentralQueue(World.Speeds, World.Cores, World.Rtt.Ticks)
            .Run(trace, VirtualClock.StartTicks + scale.WarmUp.Ticks);
        foreach (var policy in policies.Append(Policies.Oracle))
        {
            var figures = PolicyRun.Of(policy, World, trace, scale.WarmUp, seed);
            yield return new(FigureNames.P50, policy, Ratio(figures, reference, 0.5));
            yield return new(FigureNames.P99, policy, Ratio(figures, reference, 0.99));
            yield return new(FigureNames.P999, policy, Ratio(figures, reference, 0.999));
            yield return new(FigureNames.Utilization, policy, figures.MaxOverMeanUtilization);
            yield return new(FigureNames.InFlight, policy, figures.TailOverMeanInFlight);
            yield return new(FigureNames.Attempts, policy, (double)figures.Attempts / figures.Requests);
            yield return new(FigureNames.Errors, policy, (double)figures.Errors / figures.Requests);
        }
    }

    private static double Ratio(RunFigures figures, LatencyHistogram reference, double share) =>
        figures.Latencies.PercentileTicks(share) / reference.PercentileTicks(share);
}
