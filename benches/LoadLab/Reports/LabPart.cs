using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Reports;

/// <summary>What came of one scenario.</summary>
internal sealed record LabPart(Scenario Scenario, IReadOnlyList<LabRow> Rows, IReadOnlyList<Curve> Curves);
