using System.Globalization;
using System.Text;
using Muster.Bench.LoadDriver.Reports;

namespace Muster.Bench.LoadLab.Reports;

/// <summary>A table per scenario: a line per policy, a column per figure.</summary>
internal static class MarkdownTables
{
    public static string Of(LabPart part)
    {
        var (title, rows) = (part.Scenario.Title, part.Rows);
        var figures = rows.Select(r => r.Figure).Distinct().ToList();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"| {title} | {string.Join(" | ", figures.Select(f => Heading(f, rows)))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"|---|{string.Concat(figures.Select(_ => "--:|"))}\n");
        foreach (var policy in rows.Select(r => r.Policy).Distinct())
        {
            var cells = figures.Select(f => rows.FirstOrDefault(r => r.Policy == policy && r.Figure == f) is { } row ? Cell(row) : "");
            text.Append(CultureInfo.InvariantCulture, $"| `{policy}` | {string.Join(" | ", cells)} |\n");
        }

        return text.ToString();
    }

    private static string Heading(string figure, IReadOnlyList<LabRow> rows)
    {
        var aims = rows.Where(r => r.Figure == figure && r.Aim is not null).Select(r => r.Aim!.Value.ToString()).Distinct().ToList();
        return aims.Count == 0 ? figure : $"{figure} (aim {string.Join(", ", aims)})";
    }

    private static string Cell(LabRow row)
    {
        var value = Text(row.Value);
        return row.IsMet switch { true => $"**{value}** met", false => $"**{value}** missed", null => value };
    }

    private static string Text(Spread spread)
    {
        var (median, min, max) = (Text(spread.Median), Text(spread.Min), Text(spread.Max));
        return min == max ? median : $"{median} ({min}–{max})";
    }

    /// <summary>Three digits that matter.</summary>
    public static string Text(double value) => value switch
    {
        double.NaN => "–",
        double.PositiveInfinity => "never",
        0 => "0",
        < 0.0001 => value.ToString("0.0e0", CultureInfo.InvariantCulture),
        < 0.1 => value.ToString("G2", CultureInfo.InvariantCulture),
        < 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0", CultureInfo.InvariantCulture),
    };
}
