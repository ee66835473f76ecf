using Muster.Bench.LoadLab.Plots;

namespace Muster.Bench.LoadLab.Reports;

/// <summary>Writes tables and pictures for people, beside the figures.</summary>
internal static class ResultsFolder
{
    public static async Task WriteAsync(DirectoryInfo folder, LabReport report)
    {
        folder.Create();
        var page = new System.Text.StringBuilder("# The balancing lab\n\n");
        page.Append(report.Caption).Append('\n');
        foreach (var part in report.Parts)
        {
            page.Append($"\n## {part.Scenario.Name}\n\n{part.Scenario.Title}.\n\n");
            foreach (var (name, picture) in PicturesOf(part))
            {
                await WriteAsync(folder, name, picture);
                page.Append($"![{part.Scenario.Title}]({name})\n\n");
            }

            page.Append(MarkdownTables.Of(part));
        }

        await WriteAsync(folder, "README.md", page.ToString());
        await WriteAsync(folder, "balancing.json", report.ToJson() + "\n");
    }

    private static IEnumerable<(string Name, string Picture)> PicturesOf(LabPart part)
    {
        if (part.Scenario.Pictured is { } figure && part.Rows.Any(r => r.Figure == figure && double.IsFinite(r.Value.Median)))
        {
            yield return ($"{part.Scenario.Name}.svg", BarPlot.Of(part));
        }

        foreach (var chart in part.Scenario.Charts)
        {
            if (LinePlot.Of(chart, part.Curves) is { } picture)
            {
                yield return ($"{part.Scenario.Name}-{chart.Name}.svg", picture);
            }
        }
    }

    private static Task WriteAsync(DirectoryInfo folder, string name, string text) =>
        File.WriteAllTextAsync(Path.Combine(folder.FullName, name), text);
}
