using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Calls;

/// <summary>What all callers together say of one instance.</summary>
/// <param name="Instance">Which.</param>
/// <param name="CallersCount">How many speak of it.</param>
/// <param name="Calls">Calls of those callers, since their watches began.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="RecentCalls">Calls of the last <see cref="Limits.CallPeriod"/> or two, those of callers that are gone included.</param>
/// <param name="RecentFailures">How many of those failed.</param>
/// <param name="TrippedCount">How many callers' breakers are not closed.</param>
/// <param name="Tripped">Those callers, by name; at most <see cref="Limits.CallersNamedMax"/>.</param>
public sealed record CallTotals(
    InstanceKey Instance, int CallersCount, ulong Calls, ulong Failures, ulong RecentCalls, ulong RecentFailures, int TrippedCount,
    ImmutableArray<TrippedBreaker> Tripped);
