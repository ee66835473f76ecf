using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

/// <summary>Rules that a single line can break.</summary>
public static partial class SourceRules
{
    /// <summary>Files in src/ that may be longer than <see cref="LinesMax"/>, each with its reason.</summary>
    public static readonly IReadOnlyDictionary<string, string> LongFiles = new Dictionary<string, string>
    {
    };

    /// <summary>Past this the question is which class is missing.</summary>
    public const int LinesMax = 400;

    /// <summary>Test projects whose parts run in other processes: those can only be waited for by the clock.</summary>
    private static readonly string[] ProjectsWithProcesses = ["tests/EndToEnd"];

    public static IEnumerable<Finding> UnownedTodos(TextFile file) =>
        from numbered in file.NumberedLines()
        let unowned = UnownedTodo().Match(numbered.Line)
        where unowned.Success
        select new Finding(
            "a to-do names its issue; a fix-me never lands", file.Path, numbered.Number, unowned.Value,
            "do it now, or write the number of an issue behind it: (#12)");

    public static IEnumerable<Finding> Sleeps(TextFile file)
    {
        if (!file.IsUnder("tests") || !file.HasExtension(".cs") || ProjectsWithProcesses.Any(file.IsUnder))
        {
            return [];
        }

        return from numbered in file.NumberedLines()
               let sleep = Sleep().Match(numbered.Line)
               where sleep.Success
               select new Finding(
                   "no sleep and no poll in unit and scenario tests", file.Path, numbered.Number, sleep.Value,
                   "wait for the event itself (a TaskCompletionSource, a channel, a revision) or step a ManualTimeProvider");
    }

    public static IEnumerable<Finding> MachinePaths(TextFile file) =>
        from numbered in file.NumberedLines()
        let path = MachinePath().Match(numbered.Line)
        where path.Success
        select new Finding(
            "no path of one machine", file.Path, numbered.Number, path.Value,
            "a path relative to the repository, or one that every machine has");

    public static IEnumerable<Finding> LongSources(TextFile file) =>
        file.IsUnder("src") && file.HasExtension(".cs") && file.Lines.Length > LinesMax && !LongFiles.ContainsKey(file.Path)
            ? [new Finding($"a source file has at most {LinesMax} lines", file.Path, 0, $"{file.Lines.Length} lines",
                "find the class that is missing; if there is none, name the file and the reason in SourceRules.LongFiles")]
            : [];

    // The patterns are written so that they do not match themselves.
    [GeneratedRegex(@"\bTO[D]O\b(?!\s*\(#\d+\)).{0,40}|\bFIX[M]E\b.{0,40}")]
    private static partial Regex UnownedTodo();

    // Infinite waits end by cancellation, and a delay on a given TimeProvider ends when the test steps it.
    [GeneratedRegex(@"\bThread\s*\.\s*(Sleep|Spin[W]ait|Yield)\s*\(|\bTask\s*\.\s*Delay\s*\((?!.*(Infinite|[tT]imeProvider|\b_?(time|clock)\b))|\bSpin[W]ait\b|\bTask\s*\.\s*Yield\s*\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"(?<![\w.$}~-])(/[w]ork/|/[t]mp/bash|/[h]ome/(?!app\b)\w+|/[U]sers/\w+)[\w./-]*|\b[A-Z]:\\[U]sers\\")]
    private static partial Regex MachinePath();
}
