namespace Muster.Bench.LoadDriver.Reports;

/// <summary>One figure, measured of Muster and of what it is compared with, in alternating rounds of one run.</summary>
/// <param name="name">What is measured, with its unit.</param>
/// <param name="aim">What the ratio Muster ÷ other is to be; null for a figure that is reported only.</param>
internal sealed class ComparedRow(string name, Aim? aim)
{
    private readonly List<double> _muster = [];
    private readonly List<double> _other = [];
    private readonly List<double> _musterDriver = [];
    private readonly List<double> _otherDriver = [];
    private readonly List<double> _musterServer = [];
    private readonly List<double> _otherServer = [];

    public string Name => name;

    public Aim? Aim => aim;

    /// <summary>What it is compared with, where that is not what the other rows are compared with.</summary>
    public string? Other { get; init; }

    /// <summary>What is measured in Muster's place, where the row is about something else.</summary>
    public string? Side { get; init; }

    /// <summary>Whether it is compared with nothing; the aim is then for the figure itself.</summary>
    public bool IsAlone => _other.Count == 0;

    public Spread Muster => Spread.Of(_muster);

    public Spread OtherFigure => Spread.Of(_other);

    /// <summary>Cores that the driver was busy with in each side's rounds; null if that was not measured. Close to the machine's
    /// cores less the server's, the figure is the driver's as much as the server's.</summary>
    public (double Muster, double Other)? DriverCores => Medians(_musterDriver, _otherDriver);

    /// <summary>Cores that each side's server was busy with; null if that was not measured.</summary>
    public (double Muster, double Other)? ServerCores => Medians(_musterServer, _otherServer);

    /// <summary>The median of the rounds' own ratios: what slows a machine down for a while slows both halves of a round.</summary>
    public Spread Ratio => Spread.Of([.. _muster.Zip(_other, (m, o) => m / o)]);

    /// <summary>Null where there is no aim.</summary>
    public bool? IsMet => aim?.IsMet(IsAlone ? Muster.Median : Ratio.Median);

    public void Add(double muster, double other)
    {
        _muster.Add(muster);
        _other.Add(other);
    }

    public void Add(double muster) => _muster.Add(muster);

    public void AddDriverCores(double muster, double other)
    {
        _musterDriver.Add(muster);
        _otherDriver.Add(other);
    }

    public void AddServerCores(double muster, double other)
    {
        _musterServer.Add(muster);
        _otherServer.Add(other);
    }

    private static (double Muster, double Other)? Medians(List<double> muster, List<double> other) =>
        muster.Count == 0 ? null : (Spread.Of(muster).Median, Spread.Of(other).Median);
}
