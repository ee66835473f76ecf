using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>An instance that outlier detection found.</summary>
/// <param name="Member">The instance.</param>
/// <param name="Reason">What gave it away.</param>
/// <param name="IsEnforced">Whether it was set aside.</param>
/// <param name="IsOverflow">Whether it was not because too many are; neither of both for one that is set aside already.</param>
internal readonly record struct FoundOutlier(Member Member, BreakerReason Reason, bool IsEnforced, bool IsOverflow);
