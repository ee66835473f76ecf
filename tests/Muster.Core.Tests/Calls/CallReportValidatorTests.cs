using Muster.Core.Calls;
using Muster.Core.Model;

namespace Muster.Core.Tests.Calls;

public sealed class CallReportValidatorTests
{
    private static readonly CallReport s_most = new(
        Limits.CallsPerReportMax, Limits.CallsPerReportMax, BreakerState.Open, new string('x', Limits.BreakerReasonCharsMax), Limits.BreakerTrialMax);

    [Fact]
    public void Validate_AtEveryBound_IsTaken() => Assert.Null(CallReportValidator.Validate(s_most));

    [Fact]
    public void Validate_OneOverABound_NamesFieldValueAndBound()
    {
        Refuses(s_most with { Calls = s_most.Calls + 1 }, "calls is 1000000001: at most 1000000000 are allowed.");
        Refuses(s_most with { Calls = 3, Failures = 4 }, "failures is 4: at most the 3 of calls are allowed.");
        Refuses(s_most with { Reason = s_most.Reason + "x" }, "breaker_reason is 257 characters: at most 256 are allowed.");
        Refuses(s_most with { Reason = "a\nb" }, "breaker_reason is a text with control characters: none are allowed.");
        Refuses(
            s_most with { TrialIn = Limits.BreakerTrialMax + TimeSpan.FromMilliseconds(1) },
            "next_trial_ms is 3600001: 0 to 3600000 are allowed.");
    }

    private static void Refuses(CallReport report, string sentence) => Assert.Equal(sentence, $"{CallReportValidator.Validate(report)}");
}
