using System.Globalization;
using Muster.Bench.LoadLab.Scenarios;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Plots;

/// <summary>A line per policy over time, or over load, each labelled where it ends.</summary>
internal static class LinePlot
{
    private const double Width = 760;
    private const double Height = 380;
    private const double Left = 62;
    private const double Right = 168;
    private const double Top = 62;
    private const double Bottom = 48;
    private const double LabelPitch = 15;

    // More than eight lines are a thicket: of all policies these, each always in its own colour.
    private static readonly string[] s_shown =
    [
        PolicyNames.Adaptive, PolicyNames.RoundRobin, PolicyNames.LeastRequest, PolicyNames.PeakEwma, PolicyNames.Prequal,
        PolicyNames.WeightedRoundRobin, PolicyNames.LeastCpu, PolicyNames.RingHash,
    ];

    /// <summary>Draws a chart; null if no policy that is shown was run.</summary>
    public static string? Of(Chart chart, IReadOnlyList<Curve> curves)
    {
        var shown = curves.Where(c => c.Chart == chart.Name && s_shown.Contains(c.Policy)).ToList();
        if (shown.Count == 0)
        {
            return null;
        }

        var points = shown.SelectMany(c => c.Points).Where(p => double.IsFinite(p.Y)).ToList();
        var x = new Scale1D(points.Min(p => p.X), points.Max(p => p.X), Left, Width - Right);
        var y = Vertical(chart, points);
        var svg = new Svg(Width, Height);
        svg.Heading(chart.Title, chart.YLabel);
        if (chart.Shade is var (from, to))
        {
            svg.Rectangle(x.At(from), Top, x.At(to) - x.At(from), Height - Top - Bottom, "shade");
        }

        DrawGrid(svg, x, y, chart);
        foreach (var curve in shown.OrderBy(c => c.Policy == Policies.Default))
        {
            svg.Polyline(curve.Points.Where(p => double.IsFinite(p.Y)).Select(p => (x.At(p.X), y.At(p.Y))), StyleOf(curve.Policy));
        }

        DrawLabels(svg, shown, y);
        return svg.ToString();
    }

    private static Scale1D Vertical(Chart chart, List<(double X, double Y)> points)
    {
        var (low, high) = (points.Min(p => p.Y), points.Max(p => p.Y));
        return chart.IsLogarithmic
            ? new Scale1D(Math.Max(low * 0.9, 1e-3), high * 1.1, Height - Bottom, Top, isLogarithmic: true)
            : new Scale1D(0, Math.Min(high * 1.05, chart.YMax ?? double.MaxValue), Height - Bottom, Top);
    }

    private static void DrawGrid(Svg svg, Scale1D x, Scale1D y, Chart chart)
    {
        foreach (var mark in y.Marks(5))
        {
            svg.Line(Left, y.At(mark), Width - Right, y.At(mark), "grid");
            svg.Text(Left - 8, y.At(mark) + 4, mark.ToString("#,0.##", CultureInfo.InvariantCulture), "small muted", "end");
        }

        foreach (var mark in x.Marks(8))
        {
            svg.Line(x.At(mark), Height - Bottom, x.At(mark), Height - Bottom + 4, "muted");
            svg.Text(x.At(mark), Height - Bottom + 18, mark.ToString("0.##", CultureInfo.InvariantCulture), "small muted", "middle");
        }

        svg.Text((Left + Width - Right) / 2, Height - 10, chart.XLabel, "small muted", "middle");
    }

    // Where lines end close together their labels make room for each other, from the top down.
    private static void DrawLabels(Svg svg, List<Curve> shown, Scale1D y)
    {
        var labels = shown.Select(c => (c.Policy, At: y.At(c.Points.Last(p => double.IsFinite(p.Y)).Y))).OrderBy(l => l.At).ToList();
        var next = Top;
        for (var i = 0; i < labels.Count; i++)
        {
            // No lower than leaves room for those that come after it.
            var at = Math.Max(next, Math.Min(labels[i].At, Height - Bottom - ((labels.Count - 1 - i) * LabelPitch)));
            svg.Line(Width - Right + 3, labels[i].At, Width - Right + 13, at, HueOf(labels[i].Policy));
            svg.Text(Width - Right + 17, at + 4, labels[i].Policy, $"{HueOf(labels[i].Policy)}{(labels[i].Policy == Policies.Default ? " strong" : "")}");
            next = at + LabelPitch;
        }
    }

    private static string StyleOf(string policy) => policy == Policies.Default ? $"{HueOf(policy)} bold" : HueOf(policy);

    private static string HueOf(string policy) => $"hue{Array.IndexOf(s_shown, policy) % Svg.Hues}";
}
