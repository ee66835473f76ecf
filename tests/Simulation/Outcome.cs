using System.Globalization;
using System.Text.RegularExpressions;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>What became of a run.</summary>
internal sealed partial record Outcome(
    int Seed, History History, IReadOnlyList<ContractViolation> Violations, Exception? Defect, IReadOnlyList<string> Trace)
{
    private const int LinesMax = 40;

    public bool IsGood => Defect is null && Violations.Count == 0;

    /// <summary>How to run it again, what was broken, and what the trace says of it.</summary>
    public override string ToString()
    {
        var brokenAt = Violations.Count > 0 ? Violations[0].At : TimeSpan.MaxValue;
        var before = Trace.TakeWhile(line => Time(line) <= brokenAt).ToList();
        var about = Named().Matches(Violations.Count > 0 ? Violations[0].Message : $"{Defect?.Message}").Select(m => m.Value).ToHashSet();
        return $"""
            MUSTER_TEST_SEED={Seed} runs it again; with MUSTER_TEST_TRACE=<file> the whole trace is written.
            {string.Join('\n', Violations.Take(5))}
            {Defect}
            The last lines about {string.Join(", ", about)}:
            {string.Join('\n', before.Where(line => about.Any(name => line.Contains(name, StringComparison.Ordinal))).TakeLast(LinesMax))}
            The last lines before, renewals left out:
            {string.Join('\n', before.Where(line => !line.EndsWith(" renewed", StringComparison.Ordinal)).TakeLast(LinesMax))}
            """;
    }

    private static TimeSpan Time(string line) =>
        TimeSpan.FromSeconds(double.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture));

    // Leases, instances, watchers.
    [GeneratedRegex(@"\b[0-9a-f]{16}\b|\bp\d+-[\w-]+|\bw\d+\b|\bsimple\b")]
    private static partial Regex Named();
}
