using Muster.Core.Model;

namespace Muster.Core.Calls;

/// <summary>What a caller says of one instance.</summary>
/// <param name="Calls">Calls that ended since it last said something of the instance.</param>
/// <param name="Failures">How many of those failed; never more.</param>
/// <param name="Breaker">Its breaker for the instance, now.</param>
/// <param name="Reason">Why the breaker is not closed, in a sentence; may be empty.</param>
/// <param name="TrialIn">How long until an open breaker lets a trial through; zero is now, or not said.</param>
public readonly record struct CallReport(ulong Calls, ulong Failures, BreakerState Breaker, string Reason, TimeSpan TrialIn);
