using System.Globalization;
using Muster.Core.Model;

namespace Muster.Client.Resilience;

/// <summary>Checks <see cref="EjectionOptions"/> as a whole.</summary>
internal static class EjectionOptionsValidator
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>All options that are out of their range.</summary>
    public static IEnumerable<Violation?> Validate(EjectionOptions? o) => o is null
        ? [new Violation("Ejection", "null", "options are needed; one that is null in them is off")]
        :
        [
            Check(nameof(o.ConsecutiveFailures), o.ConsecutiveFailures, 1, 1000),
            Check(nameof(o.OpenMin), o.OpenMin, TimeSpan.FromMilliseconds(10), o.OpenMax),
            Check(nameof(o.OpenMax), o.OpenMax, o.OpenMin, s_hour),
            Check(nameof(o.PanicThreshold), o.PanicThreshold, 0, 1),
            Check(nameof(o.InFlightMax), o.InFlightMax, 1, 1_000_000),
            Check(nameof(o.Interval), o.Interval, s_shortest, s_hour),
            Check(nameof(o.BaseEjectionTime), o.BaseEjectionTime, s_shortest, s_hour),
            Check(nameof(o.MaxEjectionTime), o.MaxEjectionTime, s_shortest, TimeSpan.FromHours(24)),
            Check(nameof(o.MaxEjectionPercent), o.MaxEjectionPercent, 0, 100),
            Check(nameof(o.OutlierHostsMin), o.OutlierHostsMin, 1, 100_000),
            Check(nameof(o.SuccessRateStdevFactor), o.SuccessRateStdevFactor, 0, 100_000),
            Check(nameof(o.SuccessRateMargin), o.SuccessRateMargin, 0, 100),
            Check(nameof(o.SuccessRateVolumeMin), o.SuccessRateVolumeMin, 1, 1_000_000),
            Check(nameof(o.FailurePercentage), o.FailurePercentage, 0, 100),
            Check(nameof(o.FailureVolumeMin), o.FailureVolumeMin, 1, 1_000_000),
            Check(nameof(o.LatencyFactor), o.LatencyFactor, 1.5, 1000),
            Check(nameof(o.LatencyEjectionTime), o.LatencyEjectionTime, s_shortest, s_hour),
        ];

    // Written so that NaN, which compares false with everything, fails.
    private static Violation? Check(string field, double? value, double min, double max) => value is not { } v || (v >= min && v <= max)
        ? null
        : new Violation($"Ejection.{field}", Text(v), $"{Text(min)} to {Text(max)} are allowed");

    private static Violation? Check(string field, TimeSpan? value, TimeSpan min, TimeSpan max) => value is not { } v || (v >= min && v <= max)
        ? null
        : new Violation($"Ejection.{field}", $"{v}", $"{min} to {max} are allowed");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
