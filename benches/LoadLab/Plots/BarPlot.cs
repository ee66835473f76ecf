using System.Globalization;
using Muster.Bench.LoadDriver.Reports;
using Muster.Bench.LoadLab.Reports;
using Muster.Bench.LoadLab.Scenarios;

namespace Muster.Bench.LoadLab.Plots;

/// <summary>A bar per policy, best first, with the spread over the seeds and the aim.</summary>
internal static class BarPlot
{
    private const double Width = 760;
    private const double Left = 168;
    private const double Right = 96;
    private const double BarHeight = 17;
    private const double Pitch = 25;

    public static string Of(LabPart part)
    {
        var rows = part.Rows.Where(r => r.Figure == part.Scenario.Pictured && double.IsFinite(r.Value.Median)).ToList();
        var aim = rows.Select(r => r.Aim).FirstOrDefault(a => a is not null);
        rows = [.. part.Scenario.IsMoreBetter ? rows.OrderByDescending(r => r.Value.Median) : rows.OrderBy(r => r.Value.Median)];
        var top = 62 + (19 * (Svg.Lines(part.Scenario.Title).Count - 1));
        var bottom = top + (rows.Count * Pitch);
        var svg = new Svg(Width, bottom + 46);
        svg.Heading(part.Scenario.Title, $"{part.Scenario.Pictured}; {(part.Scenario.IsMoreBetter ? "more" : "less")} is better");
        var x = new Scale1D(0, MaxOf(rows, aim), Left, Width - Right);
        foreach (var mark in x.Marks(6))
        {
            svg.Line(x.At(mark), top - 4, x.At(mark), bottom, "grid");
            svg.Text(x.At(mark), bottom + 16, mark.ToString("0.####", CultureInfo.InvariantCulture), "small muted", "middle");
        }

        for (var i = 0; i < rows.Count; i++)
        {
            Draw(svg, rows[i], x, top + (i * Pitch));
        }

        if (aim is { } bound)
        {
            svg.Line(x.At(bound.Bound), top - 4, x.At(bound.Bound), bottom, "ink dash");
            svg.Text(x.At(bound.Bound), bottom + 33, $"aim {bound.ToString().Replace("<=", "≤", StringComparison.Ordinal).Replace(">=", "≥", StringComparison.Ordinal)}", "small ink", "middle");
        }

        return svg.ToString();
    }

    private static void Draw(Svg svg, LabRow row, Scale1D x, double top)
    {
        var (value, isDefault) = (row.Value, row.Policy == Policies.Default);
        var (end, middle) = (x.At(value.Median), top + (BarHeight / 2));
        svg.Text(Left - 10, middle + 4, row.Policy == Policies.Oracle ? "(oracle)" : row.Policy, isDefault ? "strong ink" : "ink", "end");
        svg.Rectangle(Left, top, Math.Max(1, end - Left), BarHeight, isDefault ? "hue0" : "hue7", 2);
        var isCut = value.Median > x.High;
        if (isCut)
        {
            // A bar that goes on beyond the paper shows where it was cut.
            svg.Line(end - 14, top + BarHeight + 2, end - 8, top - 2, "paper");
            svg.Line(end - 8, top + BarHeight + 2, end - 2, top - 2, "paper");
        }
        else if (value.Max > value.Min)
        {
            svg.Line(x.At(value.Min), middle, x.At(value.Max), middle, "ink");
            svg.Line(x.At(value.Min), middle - 3, x.At(value.Min), middle + 3, "ink");
            svg.Line(x.At(value.Max), middle - 3, x.At(value.Max), middle + 3, "ink");
        }

        var right = isCut ? end : Math.Max(end, x.At(value.Max));
        svg.Text(right + 7, middle + 4, MarkdownTables.Text(value.Median), isDefault ? "strong ink" : "ink");
    }

    // Wide enough to tell the good ones apart; what is far worse is cut and says its value.
    private static double MaxOf(List<LabRow> rows, Aim? aim)
    {
        var ordered = rows.Select(r => r.Value.Median).Order().ToList();
        var interesting = Math.Max(ordered[ordered.Count / 2] * 1.6, (aim?.Bound ?? 0) * 1.6);
        return Math.Max(1e-9, Math.Max(Math.Min(ordered[^1], interesting), aim?.Bound ?? 0) * 1.02);
    }
}
