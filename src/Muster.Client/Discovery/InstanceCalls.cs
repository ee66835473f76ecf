using Muster.Core.Model;

namespace Muster.Client.Discovery;

/// <summary>What this process saw of one instance.</summary>
/// <param name="InstanceId">Which.</param>
/// <param name="Calls">Calls that ended, since it counts. It only grows; a smaller number means that it began anew.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="State">The circuit breaker for the instance, now.</param>
/// <param name="Reason">Why the breaker is not closed, in a sentence; null says nothing.</param>
/// <param name="TrialIn">How long until an open breaker lets a trial through; null is not known.</param>
internal readonly record struct InstanceCalls(
    string InstanceId, long Calls, long Failures, BreakerState State, string? Reason, TimeSpan? TrialIn);
