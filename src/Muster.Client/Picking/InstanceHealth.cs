using Muster.Core.Model;

namespace Muster.Client.Picking;

/// <summary>How one instance looks from here.</summary>
/// <param name="InstanceId">Which.</param>
/// <param name="Calls">Calls that ended, since it is listed at its address; without those that their caller gave up.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="State">Its circuit breaker, now.</param>
/// <param name="Reason">Why that is not closed, in a sentence; null if it is.</param>
/// <param name="TrialIn">How long until an open one lets a trial through; zero, where the next call is the trial. Null if it is not
/// open.</param>
internal readonly record struct InstanceHealth(
    string InstanceId, long Calls, long Failures, BreakerState State, string? Reason, TimeSpan? TrialIn);
