using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Muster.Core;

namespace Muster.Repository.Docs;

/// <summary>Writes docs/reference/limits.md from <see cref="Limits"/> and its documentation.</summary>
public static partial class LimitsPage
{
    public const string Path = "docs/reference/limits.md";

    private const string Head = """
        # Limits

        Every bound and default of the product. A request beyond one is refused with a sentence that names the field, the
        value and the bound, and nobody else notices. What there is is counted when a request is decided, so requests that
        are on their way at the same moment may exceed a count by their number. This page is generated from `src/Muster.Core/Limits.cs`; change it there.

        | Name | Value | What it bounds |
        |---|--:|---|

        """;

    public static string Write() => Write(Constants(), Summaries());

    public static string Write(IEnumerable<(string Name, object Value)> constants, IReadOnlyDictionary<string, string> summaries)
    {
        var page = new StringBuilder(Head);
        foreach (var (name, value) in constants)
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{name}` | {Format(value)} | {summaries[name]} |\n");
        }

        return page.ToString();
    }

    public static string Format(object value) => value switch
    {
        TimeSpan time when time >= TimeSpan.FromHours(1) => Unit(time.TotalHours, "h"),
        TimeSpan time when time >= TimeSpan.FromMinutes(1) => Unit(time.TotalMinutes, "min"),
        TimeSpan time when time >= TimeSpan.FromSeconds(1) => Unit(time.TotalSeconds, "s"),
        TimeSpan time => Unit(time.TotalMilliseconds, "ms"),
        IFormattable number => number.ToString("#,0.####", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Unit(double value, string unit) => value.ToString("0.###", CultureInfo.InvariantCulture) + " " + unit;

    private static IEnumerable<(string Name, object Value)> Constants() =>
        from field in typeof(Limits).GetFields(BindingFlags.Public | BindingFlags.Static)
        orderby field.MetadataToken
        select (field.Name, field.GetValue(null)!);

    /// <summary>The compiler's documentation file lies next to the assembly.</summary>
    private static Dictionary<string, string> Summaries()
    {
        var prefix = $"F:{typeof(Limits).FullName}.";
        return (from member in XDocument.Load(System.IO.Path.ChangeExtension(typeof(Limits).Assembly.Location, ".xml")).Descendants("member")
                let name = member.Attribute("name")!.Value
                where name.StartsWith(prefix, StringComparison.Ordinal)
                select (Name: name[prefix.Length..], Text: Plain(member.Element("summary")!)))
            .ToDictionary(member => member.Name, member => member.Text, StringComparer.Ordinal);
    }

    private static string Plain(XElement summary)
    {
        var text = string.Concat(summary.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement see => $"`{see.Attribute("cref")?.Value.Split('.')[^1]}`",
            _ => ((XText)node).Value,
        }));
        return Spaces().Replace(text, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
