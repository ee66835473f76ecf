using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A fleet under constant load, beside the central queue on the same trace.</summary>
internal sealed class SteadyScenario(string name, string title) : Scenario
{
    public override string Name => name;

    public override string Title => title;

    public override string Pictured => FigureNames.P99;

    public required World World { get; init; }

    public required IReadOnlyList<double> ClientWeights { get; init; }

    /// <summary>Share of what all cores together can do.</summary>
    public required double Load { get; init; }

    /// <summary>Bound for the default policy's p99; null for none.</summary>
    public double? P99Max { get; init; }

    /// <summary>Bound for how much busier than the mean its busiest server is; null for none.</summary>
    public double? UtilizationMax { get; init; }

    public override Aim? AimOf(string figure, string policy) => (figure switch
    {
        FigureNames.P99 => P99Max,
        FigureNames.Utilization => UtilizationMax,
        _ => null,
    }) is { } bound ? ForDefault(policy, Aim.AtMost(bound)) : null;

    public override Findings Run(ulong seed, Scale scale, IReadOnlyList<string> policies)
    {
        var duration = scale.WarmUp + TimeSpan.FromSeconds(scale.Requests / RateFor(World, Load));
        var trace = SteadyTrace(World, ClientWeights, Load, duration, seed);
        var reference = CentralQueue.Of(World, trace, scale.WarmUp);
        var findings = new Findings();
        foreach (var policy in Policies.Spreading(policies).Append(Policies.Oracle))
        {
            var figures = PolicyRun.Of(policy, World, trace, scale.WarmUp, seed);
            findings.Add(FigureNames.P50, policy, Ratio(figures, reference, 0.5));
            findings.Add(FigureNames.P99, policy, Ratio(figures, reference, 0.99));
            findings.Add(FigureNames.P999, policy, Ratio(figures, reference, 0.999));
            findings.Add(FigureNames.Utilization, policy, figures.MaxOverMeanUtilization);
            findings.Add(FigureNames.InFlight, policy, figures.TailOverMeanInFlight);
            findings.Add(FigureNames.Attempts, policy, (double)figures.Attempts / figures.Requests);
            findings.Add(FigureNames.Errors, policy, (double)figures.Errors / figures.Requests);
        }

        return findings;
    }

    private static double Ratio(RunFigures figures, LatencyHistogram reference, double share) =>
        figures.Latencies.PercentileTicks(share) / reference.PercentileTicks(share);
}
