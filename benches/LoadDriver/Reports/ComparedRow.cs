namespace Muster.Bench.LoadDriver.Reports;

/// <summary>One figure, measured of Muster and of what it is compared with, in alternating rounds of one run.</summary>
/// <param name="name">What is measured, with its unit.</param>
/// <param name="aim">What the ratio Muster ÷ other is to be; null for a figure that is reported only.</param>
internal sealed class ComparedRow(string name, Aim? aim)
{
    private readonly List<double> _muster = [];
    private readonly List<double> _other = [];

    public string Name => name;

    public Aim? Aim => aim;

    public Spread Muster => Spread.Of(_muster);

    public Spread Other => Spread.Of(_other);

    /// <summary>The median of the rounds' own ratios: what slows a machine down for a while slows both halves of a round.</summary>
    public Spread Ratio => Spread.Of([.. _muster.Zip(_other, (m, o) => m / o)]);

    /// <summary>Null where there is no aim.</summary>
    public bool? IsMet => aim?.IsMet(Ratio.Median);

    public void Add(double muster, double other)
    {
        _muster.Add(muster);
        _other.Add(other);
    }
}
