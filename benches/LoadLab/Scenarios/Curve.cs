namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One policy's line in a chart.</summary>
internal sealed record Curve(string Chart, string Policy, IReadOnlyList<(double X, double Y)> Points);
