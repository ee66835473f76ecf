using System.Globalization;

namespace Muster.Bench.LoadDriver.Reports;

/// <summary>A bound for a ratio.</summary>
internal readonly record struct Aim(double Bound, bool IsUpper)
{
    public static Aim AtLeast(double bound) => new(bound, IsUpper: false);

    public static Aim AtMost(double bound) => new(bound, IsUpper: true);

    public bool IsMet(double ratio) => IsUpper ? ratio <= Bound : ratio >= Bound;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(IsUpper ? "<=" : ">=")} {Bound:0.00}");
}
