using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>An instance that outlier detection found.</summary>
/// <param name="Member">The instance.</param>
/// <param name="Reason">What gave it away.</param>
/// <param name="IsEnforced">Whether it was set aside: not where too many are, or it is already.</param>
internal readonly record struct FoundOutlier(Member Member, BreakerReason Reason, bool IsEnforced);
