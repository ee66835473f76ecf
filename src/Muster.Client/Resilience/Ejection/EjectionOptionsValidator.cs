using Muster.Core.Model;

namespace Muster.Client.Resilience;

/// <summary>Checks <see cref="EjectionOptions"/> as a whole.</summary>
internal static class EjectionOptionsValidator
{
    private const string Field = nameof(MusterClientOptions.Ejection);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>All options that are out of their range.</summary>
    public static IEnumerable<Violation?> Validate(EjectionOptions? o) => o is null
        ? [new Violation(Field, "null", "options are needed; one that is null in them is off")]
        :
        [
            OptionChecks.Range($"{Field}.{nameof(o.ConsecutiveFailures)}", o.ConsecutiveFailures, 1, 1000),
            OptionChecks.Range($"{Field}.{nameof(o.OpenMin)}", o.OpenMin, TimeSpan.FromMilliseconds(10), o.OpenMax),
            OptionChecks.Range($"{Field}.{nameof(o.OpenMax)}", o.OpenMax, o.OpenMin, s_hour),
            OptionChecks.Range($"{Field}.{nameof(o.PanicThreshold)}", o.PanicThreshold, 0, 1),
            OptionChecks.Range($"{Field}.{nameof(o.InFlightMax)}", o.InFlightMax, 1, 1_000_000),
            OptionChecks.Range($"{Field}.{nameof(o.Interval)}", o.Interval, s_shortest, s_hour),
            OptionChecks.Range($"{Field}.{nameof(o.BaseEjectionTime)}", o.BaseEjectionTime, s_shortest, s_hour),
            OptionChecks.Range($"{Field}.{nameof(o.MaxEjectionTime)}", o.MaxEjectionTime, s_shortest, TimeSpan.FromHours(24)),
            OptionChecks.Range($"{Field}.{nameof(o.MaxEjectionPercent)}", o.MaxEjectionPercent, 0, 100),
            OptionChecks.Range($"{Field}.{nameof(o.OutlierHostsMin)}", o.OutlierHostsMin, 1, 100_000),
            OptionChecks.Range($"{Field}.{nameof(o.SuccessRateStdevFactor)}", o.SuccessRateStdevFactor, 0, 100_000),
            OptionChecks.Range($"{Field}.{nameof(o.SuccessRateMargin)}", o.SuccessRateMargin, 0, 100),
            OptionChecks.Range($"{Field}.{nameof(o.SuccessRateVolumeMin)}", o.SuccessRateVolumeMin, 1, 1_000_000),
            OptionChecks.Range($"{Field}.{nameof(o.FailurePercentage)}", o.FailurePercentage, 0, 100),
            OptionChecks.Range($"{Field}.{nameof(o.FailureVolumeMin)}", o.FailureVolumeMin, 1, 1_000_000),
            OptionChecks.Range($"{Field}.{nameof(o.LatencyFactor)}", o.LatencyFactor, 1.5, 1000),
            OptionChecks.Range($"{Field}.{nameof(o.LatencyEjectionTime)}", o.LatencyEjectionTime, s_shortest, s_hour),
        ];
}
