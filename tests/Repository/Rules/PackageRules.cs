using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

/// <summary>What the build takes from outside: exact, and explained.</summary>
public static partial class PackageRules
{
    public const string Versions = "Directory.Packages.props";
    public const string Tools = ".config/dotnet-tools.json";
    public const string Decision = "docs/adr/0002-dependencies.md";

    /// <summary>A package or tool with its version, where it is named.</summary>
    public sealed record Dependency(string Name, string Version, string Path, int Line);

    public static IEnumerable<Dependency> Packages(TextFile versions) =>
        from package in XDocument.Parse(versions.Text, LoadOptions.SetLineInfo).Descendants("PackageVersion")
        select new Dependency(
            package.Attribute("Include")?.Value ?? "", package.Attribute("Version")?.Value ?? "",
            versions.Path, ((IXmlLineInfo)package).LineNumber);

    public static IEnumerable<Dependency> ToolsOf(TextFile manifest)
    {
        using var json = JsonDocument.Parse(manifest.Text);
        return
        [
            .. from tool in json.RootElement.GetProperty("tools").EnumerateObject()
               select new Dependency(tool.Name, tool.Value.GetProperty("version").GetString() ?? "", manifest.Path, LineOf(manifest, tool.Name)),
        ];
    }

    public static IEnumerable<Finding> Inexact(IEnumerable<Dependency> dependencies) =>
        from dependency in dependencies
        where !Exact().IsMatch(dependency.Version)
        select new Finding(
            "every version is exact", dependency.Path, dependency.Line, $"{dependency.Name} {dependency.Version}",
            "one version, such as 1.2.3: no range, no *");

    /// <summary>The decision has one table row per dependency: | `Name` | version | why |.</summary>
    public static IEnumerable<Finding> Unexplained(IEnumerable<Dependency> dependencies, TextFile decision) =>
        from dependency in dependencies
        let row = $"| `{dependency.Name}` | {dependency.Version} | "
        where !decision.Lines.Any(line => line.StartsWith(row, StringComparison.Ordinal) && line.Length > row.Length + 2)
        select new Finding(
            $"every dependency is explained in {Decision}", dependency.Path, dependency.Line,
            $"{dependency.Name} {dependency.Version}", $"a row there that begins: {row}why");

    public static IEnumerable<Finding> Forgotten(IReadOnlyCollection<Dependency> dependencies, TextFile decision) =>
        from numbered in decision.NumberedLines()
        let row = Row().Match(numbered.Line)
        where row.Success && dependencies.All(dependency => dependency.Name != row.Groups[1].Value)
        select new Finding(
            "the decision explains what is there", decision.Path, numbered.Number, row.Groups[1].Value,
            "remove the row: no build file names the dependency any more");

    private static int LineOf(TextFile file, string text) =>
        file.NumberedLines().First(numbered => numbered.Line.Contains($"\"{text}\"", StringComparison.Ordinal)).Number;

    [GeneratedRegex(@"^\d+\.\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?$")]
    private static partial Regex Exact();

    [GeneratedRegex(@"^\| `([^`]+)` \|")]
    private static partial Regex Row();
}
