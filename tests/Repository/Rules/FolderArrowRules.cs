using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

/// <summary>Which folder of Muster.Registry may use which: Api, then Checks and Sessions, then Store; Watch reads what was committed, and
/// sessions hand it soft state. What lies in the project's own folder wires them together.</summary>
public static partial class FolderArrowRules
{
    private const string Project = "src/Muster.Registry";

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Api"] = ["Checks", "Sessions", "Store", "Watch"],
        ["Checks"] = ["Sessions", "Store"],
        ["Sessions"] = ["Store", "Watch"],
        ["Store"] = [],
        ["Watch"] = [],
        ["Observability"] = [],
    };

    /// <summary>Files that point the other way, each with its reason. The list should only get shorter.</summary>
    public static readonly IReadOnlyDictionary<string, string> Known = new Dictionary<string, string>
    {
        ["src/Muster.Registry/Sessions/SessionStream.cs"] = "answers a session's requests with the code of the unary calls",
        ["src/Muster.Registry/Watch/WatchPump.cs"] = "takes the soft state that belongs to a snapshot from the lease keeper",
    };

    public static IEnumerable<Finding> ForbiddenUsings(TextFile file)
    {
        var folder = file.IsUnder(Project) ? file.Path[(Project.Length + 1)..].Split('/') : [];
        if (folder.Length < 2 || !file.HasExtension(".cs") || Known.ContainsKey(file.Path))
        {
            return [];
        }

        return Against(file, folder[0]);
    }

    /// <summary>What a file uses against the arrows, known or not.</summary>
    public static IEnumerable<Finding> Against(TextFile file, string folder) =>
        from numbered in file.NumberedLines()
        let match = Using().Match(numbered.Line)
        where match.Success && match.Groups[1].Value != folder
        where !(Allowed.TryGetValue(folder, out var allowed) && allowed.Contains(match.Groups[1].Value))
        select new Finding(
            "inside the registry only: Api -> Sessions -> Store, and Watch beside them", file.Path, numbered.Number, numbered.Line,
            "turn the dependency round: an interface in the lower folder, a delegate, or an event");

    [GeneratedRegex(@"^using Muster\.Registry\.(\w+)")]
    private static partial Regex Using();
}
