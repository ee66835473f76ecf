namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>What a scenario found on one seed.</summary>
internal sealed class Findings
{
    public List<Measured> Figures { get; } = [];

    public List<Curve> Curves { get; } = [];

    public void Add(string figure, string policy, double value) => Figures.Add(new Measured(figure, policy, value));

    public void AddCurve(string chart, string policy, IEnumerable<(double X, double Y)> points) =>
        Curves.Add(new Curve(chart, policy, [.. points]));
}
