using System.Globalization;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Cli.Commands;

/// <summary>What callers saw of an instance, in words.</summary>
internal static class CallsText
{
    // More would push the rest off the screen; muster breakers has them all.
    private const int CallersToldMax = 3;

    /// <summary>Sentences for somebody who wonders why an instance gets no calls; none if no caller said anything.</summary>
    public static IEnumerable<string> Sentences(CallTotals? calls)
    {
        if (calls is null)
        {
            yield break;
        }

        var callers = calls.CallersCount == 1 ? "One caller has told of its calls" : $"{calls.CallersCount} callers have told of their calls";
        yield return $"{callers} to it: {Failed(calls.Failures, calls.Calls)}; within the last minute {Failed(calls.RecentFailures, calls.RecentCalls)}.";
        foreach (var breaker in calls.Tripped.Take(CallersToldMax))
        {
            var because = breaker.Reason.Length == 0 ? "" : $": {breaker.Reason}";
            yield return $"The breaker of caller '{breaker.Caller}' is {Name(breaker.State)} for it since {Span(breaker.SinceMs)}{because}.{Trial(breaker)}";
        }

        if (calls.TrippedCount > CallersToldMax)
        {
            yield return $"So are those of {calls.TrippedCount - CallersToldMax} more callers: ./muster breakers";
        }
    }

    /// <summary>The state as a word: HALF_OPEN.</summary>
    public static string Name(BreakerState state) => state.ToCore() switch
    {
        Core.Model.BreakerState.Open => "OPEN",
        Core.Model.BreakerState.HalfOpen => "HALF_OPEN",
        _ => "CLOSED",
    };

    /// <summary>When the next trial is, in a word or two.</summary>
    public static string NextTrial(TrippedBreaker breaker) => breaker switch
    {
        { State: BreakerState.HalfOpen } => "running",
        { NextTrialMs: 0 } => "due",
        _ => $"in {Span(breaker.NextTrialMs)}",
    };

    public static object? ToJson(CallTotals? calls) => calls is null ? null : new
    {
        callers = calls.CallersCount,
        calls = calls.Calls,
        failures = calls.Failures,
        recentCalls = calls.RecentCalls,
        recentFailures = calls.RecentFailures,
        trippedCount = calls.TrippedCount,
        tripped = calls.Tripped.Select(b => ToJson(b)),
    };

    public static object ToJson(TrippedBreaker breaker) => new
    {
        caller = breaker.Caller,
        state = Name(breaker.State),
        reason = breaker.Reason,
        nextTrialMs = breaker.State == BreakerState.Open ? breaker.NextTrialMs : (uint?)null,
        sinceMs = breaker.SinceMs,
        calls = breaker.Calls,
        failures = breaker.Failures,
    };

    private static string Trial(TrippedBreaker breaker) => breaker switch
    {
        { State: BreakerState.HalfOpen } => " It tries one call now.",
        { NextTrialMs: 0 } => " It lets the next call through as a trial.",
        _ => $" It tries one call in {Span(breaker.NextTrialMs)}.",
    };

    private static string Failed(ulong failures, ulong calls) =>
        string.Create(CultureInfo.InvariantCulture, $"{failures:#,0} of {calls:#,0} failed");

    private static string Span(ulong milliseconds) => Times.Span(TimeSpan.FromMilliseconds(milliseconds));
}
