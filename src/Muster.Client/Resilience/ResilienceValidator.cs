using System.Net;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Client.Resilience;

/// <summary>Checks <see cref="RetryOptions"/> and <see cref="HedgingOptions"/>.</summary>
internal static class ResilienceValidator
{
    public static readonly TimeSpan AttemptTimeoutMin = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan AttemptTimeoutMax = TimeSpan.FromHours(1);
    public const int AttemptsMin = 2;
    public const int AttemptsMax = 5;
    public const int ExtraMax = 4;

    private const double PercentMin = 0.1;
    private const double PercentMax = 100;
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_hedgeDelayMin = TimeSpan.FromMicroseconds(100);
    private static readonly TimeSpan s_hedgeDelayMax = TimeSpan.FromSeconds(10);

    /// <summary>All retry options that are out of their range.</summary>
    public static IEnumerable<Violation?> Validate(RetryOptions? o) => o is null
        ? []
        :
        [
            OptionChecks.Range("Retry.AttemptsMax", o.AttemptsMax, AttemptsMin, AttemptsMax),
            OptionChecks.Range("Retry.BackoffMin", o.BackoffMin, TimeSpan.Zero, o.BackoffMax),
            OptionChecks.Range("Retry.BackoffMultiplier", o.BackoffMultiplier, 1, 10),
            OptionChecks.Range("Retry.BackoffMax", o.BackoffMax, o.BackoffMin, s_minute),
            OptionChecks.Range("Retry.PushbackMax", o.PushbackMax, TimeSpan.Zero, s_minute),
            CheckStatuses(o),
            CheckHttpStatuses(o),
            OptionChecks.Range("Retry.BudgetPercent", o.BudgetPercent, PercentMin, PercentMax),
        ];

    /// <summary>All hedging options that are out of their range.</summary>
    public static IEnumerable<Violation?> Validate(HedgingOptions? o) => o is null
        ? []
        :
        [
            OptionChecks.Range("Hedging.Percentile", o.Percentile, 0.5, 0.999),
            OptionChecks.Range("Hedging.DelayMin", o.DelayMin, s_hedgeDelayMin, s_hedgeDelayMax),
            OptionChecks.Range("Hedging.DelayInitial", o.DelayInitial, o.DelayMin, s_minute),
            OptionChecks.Range("Hedging.ExtraMax", o.ExtraMax, 1, ExtraMax),
            OptionChecks.Range("Hedging.BudgetPercent", o.BudgetPercent, PercentMin, PercentMax),
        ];

    private static Violation? CheckStatuses(RetryOptions o)
    {
        if (o.GrpcStatuses.IsDefault)
        {
            return new Violation("Retry.GrpcStatuses", "not set", "an array is needed; an empty one means none");
        }

        foreach (var status in o.GrpcStatuses)
        {
            if (status is StatusCode.OK or StatusCode.Cancelled or StatusCode.DeadlineExceeded || !Enum.IsDefined(status))
            {
                return new Violation(
                    "Retry.GrpcStatuses", $"{status}", "statuses of gRPC are allowed, but not OK, Cancelled and DeadlineExceeded");
            }
        }

        return null;
    }

    private static Violation? CheckHttpStatuses(RetryOptions o)
    {
        if (o.HttpStatuses.IsDefault)
        {
            return new Violation("Retry.HttpStatuses", "not set", "an array is needed; an empty one means none");
        }

        foreach (var status in o.HttpStatuses)
        {
            if (status is not (HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests or (>= (HttpStatusCode)500 and <= (HttpStatusCode)599)))
            {
                return new Violation("Retry.HttpStatuses", $"{(int)status}", "408, 425, 429 and 500 to 599 are allowed");
            }
        }

        return null;
    }
}
