using Muster.Core;
using Muster.Core.Calls;
using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Call statistics to and from the wire.</summary>
public static class CallMapping
{
    /// <summary>Reads what a caller says of an instance. Never throws, whatever was sent.</summary>
    /// <param name="wire">What was sent.</param>
    /// <param name="report">What it says, held to <see cref="Limits"/>; with a violation it must not be used.</param>
    /// <returns>The violation, or null if it was read.</returns>
    public static Violation? ToCore(this V1.CallStatistics wire, out CallReport report)
    {
        var violation = EnumMapping.ReadBreakerState("breaker", wire.Breaker, out var breaker);
        report = new CallReport(
            wire.Calls, wire.Failures, breaker, wire.BreakerReason, TimeSpan.FromMilliseconds(wire.NextTrialMs));
        return violation ?? CallReportValidator.Validate(report);
    }

    /// <summary>What callers say of an instance, on the wire.</summary>
    public static V1.CallTotals ToWire(this CallTotals totals)
    {
        var wire = new V1.CallTotals
        {
            Namespace = totals.Instance.Service.Namespace,
            Service = totals.Instance.Service.Name,
            InstanceId = totals.Instance.Id,
            CallersCount = totals.CallersCount,
            Calls = totals.Calls,
            Failures = totals.Failures,
            RecentCalls = totals.RecentCalls,
            RecentFailures = totals.RecentFailures,
            TrippedCount = totals.TrippedCount,
        };
        wire.Tripped.Add(totals.Tripped.Select(ToWire));
        return wire;
    }

    private static V1.TrippedBreaker ToWire(TrippedBreaker breaker) => new()
    {
        Caller = breaker.Caller,
        State = breaker.State.ToWire(),
        Reason = breaker.Reason,
        // Rounded up: a trial that is not due yet is not due.
        NextTrialMs = (uint)Math.Ceiling(breaker.TrialIn.TotalMilliseconds),
        SinceMs = (ulong)breaker.For.TotalMilliseconds,
        Calls = breaker.Calls,
        Failures = breaker.Failures,
    };
}
