namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>One figure of one policy in one run.</summary>
internal readonly record struct Measured(string Figure, string Policy, double Value);
