using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

/// <summary>The list of pitfalls and the tests that hold them name each other.</summary>
public static partial class PitfallRules
{
    /// <summary>The names that a page lists.</summary>
    public static IEnumerable<string> Names(TextFile page) => Rows(page).Select(r => r.Name);

    public static IEnumerable<Finding> Broken(TextFile page, IReadOnlyList<TextFile> files)
    {
        var tests = files.Where(f => f.IsUnder("tests") && f.HasExtension(".cs") && !f.IsUnder("tests/Repository")).ToList();
        var names = Names(page).ToHashSet(StringComparer.Ordinal);
        foreach (var (line, name, holder) in Rows(page))
        {
            if (!tests.Exists(f => Traits(f).Any(t => t.Name == name)))
            {
                yield return new Finding("every pitfall has a test", page.Path, line, name, $"a test with [Trait(\"pitfall\", \"{name}\")]");
            }
            else if (!tests.Exists(f => Path.GetFileName(f.Path) == $"{holder.Class}.cs"
                && Traits(f).Any(t => t.Name == name) && Regex.IsMatch(f.Text, $@"\b{Regex.Escape(holder.Method)}\(")))
            {
                yield return new Finding(
                    "a pitfall's page names its test", page.Path, line, $"{holder.Class}.{holder.Method}", $"the test that has the trait of {name}");
            }
        }

        foreach (var file in tests)
        {
            foreach (var (line, name) in Traits(file).Where(t => !names.Contains(t.Name)))
            {
                yield return new Finding("a test's pitfall is on the page", file.Path, line, name, $"a name of {page.Path}");
            }
        }
    }

    private static IEnumerable<(int Line, string Name, (string Class, string Method) Holder)> Rows(TextFile page) =>
        from line in page.NumberedLines()
        let row = Row().Match(line.Line)
        where row.Success
        select (line.Number, row.Groups[1].Value, (row.Groups[2].Value, row.Groups[3].Value));

    private static IEnumerable<(int Line, string Name)> Traits(TextFile file) =>
        from line in file.NumberedLines()
        let trait = PitfallTrait().Match(line.Line)
        where trait.Success
        select (line.Number, trait.Groups[1].Value);

    [GeneratedRegex(@"^\| `([\w-]+)` \|.*\| `(\w+)\.(\w+)` \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s*\[Trait\(""pitfall"", ""([^""]+)""\)\]$")]
    private static partial Regex PitfallTrait();
}
