using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadLab.Reports;

/// <summary>One figure of one policy in one scenario, over all seeds.</summary>
internal sealed record LabRow(string Scenario, string Figure, string Policy, Spread Value, Aim? Aim)
{
    /// <summary>Null where there is no aim. What could not be measured does not meet one.</summary>
    public bool? IsMet => Aim?.IsMet(Value.Median);
}
