using Muster.Core.Model;

namespace Muster.Core.Calls;

/// <summary>A caller's breaker that is not closed.</summary>
/// <param name="Caller">What the caller calls itself, and where it connects from.</param>
/// <param name="State">Open or half-open.</param>
/// <param name="Reason">The caller's words; may be empty.</param>
/// <param name="TrialIn">How long until it lets a trial through; zero is now, or not said.</param>
/// <param name="For">How long it has been in this state, as far as was heard.</param>
/// <param name="Calls">This caller's calls since its watch began.</param>
/// <param name="Failures">How many of them failed.</param>
public sealed record TrippedBreaker(
    string Caller, BreakerState State, string Reason, TimeSpan TrialIn, TimeSpan For, ulong Calls, ulong Failures);
