using System.Globalization;
using System.Security;
using System.Text;

namespace Muster.Bench.LoadLab.Plots;

/// <summary>Writes a picture, readable on light and on dark.</summary>
/// <remarks>Colours are classes of a style sheet with two halves, so that one file serves both; no scripts, no fonts of its own.</remarks>
internal sealed class Svg(double width, double height)
{
    // What fits into 760 pixels where letters are wide.
    private const int TitleCharsMax = 76;

    // Eight hues that differ in lightness too, each once for white and once for near-black paper.
    private static readonly (string Light, string Dark)[] s_hues =
    [
        ("#0b62c4", "#4ea1ff"), ("#c2410c", "#ff9a5c"), ("#1a7f37", "#56d364"), ("#8250df", "#c297ff"),
        ("#0e7490", "#4dd4e6"), ("#b4237a", "#ff7eb6"), ("#8a6100", "#e3b341"), ("#57606a", "#9ea7b3"),
    ];

    private readonly StringBuilder _body = new();

    public static int Hues => s_hues.Length;

    public void Rectangle(double x, double y, double w, double h, string style, double radius = 0) => Append(
        $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(w)}\" height=\"{N(h)}\" rx=\"{N(radius)}\" class=\"{style}\"/>");

    public void Line(double x1, double y1, double x2, double y2, string style) => Append(
        $"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" class=\"{style}\"/>");

    public void Polyline(IEnumerable<(double X, double Y)> points, string style) => Append(
        $"<polyline points=\"{string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"))}\" class=\"{style}\"/>");

    /// <param name="x">Where it begins, or ends, or has its middle, as the anchor says.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">What it says.</param>
    /// <param name="style">Classes.</param>
    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, string style, string anchor = "start") => Append(
        $"<text x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\" class=\"{style}\">{SecurityElement.Escape(text)}</text>");

    /// <summary>A title over as many lines as it needs, and a line below.</summary>
    public void Heading(string title, string subtitle)
    {
        var y = 26.0;
        foreach (var line in Lines(title))
        {
            Text(16, y, line, "title ink");
            y += 19;
        }

        Text(16, y, subtitle, "muted");
    }

    /// <summary>The lines that a title takes.</summary>
    public static IReadOnlyList<string> Lines(string title)
    {
        List<string> lines = [""];
        foreach (var word in title.Split(' '))
        {
            if (lines[^1].Length + word.Length >= TitleCharsMax)
            {
                lines.Add("");
            }

            lines[^1] = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
        }

        return lines;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(width)} {N(height)}\" width=\"{N(width)}\" height=\"{N(height)}\" ");
        text.Append("font-family=\"-apple-system,'Segoe UI','Noto Sans','DejaVu Sans',Helvetica,Arial,sans-serif\">\n<style>\n");
        text.Append("text{font-size:12px}.title{font-size:15px;font-weight:600}.strong{font-weight:600}.small{font-size:11px}\n");
        text.Append("line{stroke-width:1;fill:none}polyline{fill:none;stroke-width:1.75;stroke-linejoin:round}polyline.bold{stroke-width:3}.dash{stroke-dasharray:5 4}\n");
        text.Append(Theme("#ffffff", "#1f2328", "#59636e", "#d8dee4", "#fff4ce", h => h.Light));
        text.Append("@media (prefers-color-scheme:dark){\n");
        text.Append(Theme("#0d1117", "#e6edf3", "#9198a1", "#30363d", "#2b2411", h => h.Dark));
        text.Append("}\n</style>\n");
        text.Append(CultureInfo.InvariantCulture, $"<rect width=\"{N(width)}\" height=\"{N(height)}\" rx=\"6\" class=\"paper\"/>\n{_body}</svg>\n");
        return text.ToString();
    }

    private static string Theme(
        string paper, string ink, string muted, string grid, string shade, Func<(string Light, string Dark), string> hueOf)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $".paper{{fill:{paper}}}.ink{{fill:{ink}}}.muted{{fill:{muted}}}.shade{{fill:{shade}}}\n");
        text.Append(CultureInfo.InvariantCulture, $"line.ink{{stroke:{ink}}}line.muted{{stroke:{muted}}}line.grid{{stroke:{grid}}}line.paper{{stroke:{paper};stroke-width:3}}\n");
        for (var i = 0; i < s_hues.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $".hue{i}{{fill:{hueOf(s_hues[i])}}}polyline.hue{i}{{fill:none;stroke:{hueOf(s_hues[i])}}}line.hue{i}{{stroke:{hueOf(s_hues[i])}}}\n");
        }

        return text.ToString();
    }

    private void Append(string element) => _body.Append(element).Append('\n');

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
