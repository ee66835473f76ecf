using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>What became of a run.</summary>
internal sealed record Outcome(
    int Seed, IReadOnlyList<ContractViolation> Violations, Exception? Defect, IReadOnlyList<string> Trace)
{
    private const int LinesMax = 60;

    public bool IsGood => Defect is null && Violations.Count == 0;

    /// <summary>How to run it again, what was broken, and what happened last before it.</summary>
    public override string ToString()
    {
        var brokenAt = Violations.Count > 0 ? Violations[0].At : TimeSpan.MaxValue;
        var before = Trace.TakeWhile(line => Time(line) <= brokenAt).TakeLast(LinesMax);
        return $"""
            MUSTER_TEST_SEED={Seed} runs it again.
            {string.Join('\n', Violations.Take(5))}
            {Defect}
            The last {LinesMax} lines before:
            {string.Join('\n', before)}
            """;
    }

    private static TimeSpan Time(string line) =>
        TimeSpan.FromSeconds(double.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture));
}
