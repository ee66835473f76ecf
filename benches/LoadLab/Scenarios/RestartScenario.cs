using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>Every server is restarted, one after the other: what is told of it, and what is aimed at.</summary>
internal abstract class RestartScenario : Scenario
{
    protected const string P99 = "p99 ÷ steady";

    protected static readonly TimeSpan Step = TimeSpan.FromSeconds(0.5);

    private const string P999 = "p99.9 ÷ steady";

    public override string Pictured => P99;

    public override Aim? AimOf(string figure, string policy) => figure switch
    {
        P99 => ForDefault(policy, Aim.AtMost(1.2)),
        FigureNames.Errors => ForDefault(policy, Aim.AtMost(0)),
        _ => null,
    };

    /// <summary>Compares the requests of the restarts with those before.</summary>
    /// <returns>The p99 before, in ticks.</returns>
    protected static double Compare(Findings findings, string policy, Series series, TimeSpan steady, TimeSpan begin, TimeSpan end)
    {
        var (before, during) = (series.Latencies(begin - steady, begin), series.Latencies(begin, end));
        var usual = before.PercentileTicks(0.99);
        findings.Add(P99, policy, during.PercentileTicks(0.99) / usual);
        findings.Add(P999, policy, during.PercentileTicks(0.999) / before.PercentileTicks(0.999));
        return usual;
    }
}
