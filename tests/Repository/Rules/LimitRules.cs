using System.Text.RegularExpressions;
using Muster.Repository.Text;

namespace Muster.Repository.Rules;

/// <summary>A limit that nothing enforces is a lie of the reference, and one that no test reaches becomes one.</summary>
public static class LimitRules
{
    private const string Source = "src/Muster.Core/Limits.cs";

    public static IEnumerable<Finding> Unused(IEnumerable<string> names, IReadOnlyList<TextFile> files)
    {
        var product = files.Where(f => f.IsUnder("src") && f.HasExtension(".cs") && f.Path != Source).ToList();
        var tests = files.Where(f => f.IsUnder("tests") && f.HasExtension(".cs") && !f.IsUnder("tests/Repository")).ToList();
        foreach (var name in names)
        {
            var use = new Regex($@"\bLimits\.{Regex.Escape(name)}\b");
            if (!product.Exists(f => use.IsMatch(f.Text)))
            {
                yield return new Finding("every limit is enforced", Source, 0, name, "code in src/ that refers to it, or no such limit");
            }

            if (!tests.Exists(f => use.IsMatch(f.Text)))
            {
                yield return new Finding("every limit is tested", Source, 0, name, "a test that refers to it, at its bound and one over");
            }
        }
    }
}
