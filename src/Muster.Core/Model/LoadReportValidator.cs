using System.Globalization;

namespace Muster.Core.Model;

/// <summary>Holds load reports to <see cref="Limits"/>: a figure that cannot be real must not steer traffic.</summary>
public static class LoadReportValidator
{
    /// <summary>The first violation, or null if the report may be used.</summary>
    public static Violation? Validate(LoadReport report)
    {
        if (report.Named.Count > Limits.NamedMetricsMax)
        {
            return new Violation("named_metrics", $"{report.Named.Count} entries", $"at most {Limits.NamedMetricsMax} are allowed");
        }

        var violation = Check("cpu_utilization", report.CpuUtilization ?? 0, Limits.UtilizationMax)
            ?? Check("application_utilization", report.ApplicationUtilization ?? 0, Limits.UtilizationMax)
            ?? Check("rps_fractional", report.Rps, Limits.LoadFigureMax)
            ?? Check("eps", report.Eps, Limits.LoadFigureMax);
        foreach (var (name, value) in report.Named)
        {
            violation ??= Check($"named_metrics['{name}']", value, Limits.LoadFigureMax);
        }

        return violation;
    }

    // Written so that NaN, which compares false with everything, fails.
    private static Violation? Check(string field, double value, double max) => value >= 0 && value <= max
        ? null
        : new Violation(field, value.ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"0 to {max} are allowed"));
}
