using System.Globalization;
using Muster.Core.Model;

namespace Muster.Core.Calls;

/// <summary>Holds call statistics to <see cref="Limits"/>.</summary>
public static class CallReportValidator
{
    /// <summary>The first violation, or null if the report may be used.</summary>
    public static Violation? Validate(in CallReport report)
    {
        if (report.Calls > Limits.CallsPerReportMax)
        {
            return new Violation("calls", Text(report.Calls), $"at most {Limits.CallsPerReportMax} are allowed");
        }

        if (report.Failures > report.Calls)
        {
            return new Violation("failures", Text(report.Failures), $"at most the {Text(report.Calls)} of calls are allowed");
        }

        if (report.Reason.Length > Limits.BreakerReasonCharsMax)
        {
            return new Violation(
                "breaker_reason", $"{report.Reason.Length} characters", $"at most {Limits.BreakerReasonCharsMax} are allowed");
        }

        if (report.Reason.Any(char.IsControl))
        {
            return new Violation("breaker_reason", "a text with control characters", "none are allowed");
        }

        return report.TrialIn <= Limits.BreakerTrialMax
            ? null
            : new Violation("next_trial_ms", report.TrialIn.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"0 to {Limits.BreakerTrialMax.TotalMilliseconds} are allowed"));
    }

    private static string Text(ulong count) => count.ToString(CultureInfo.InvariantCulture);
}
