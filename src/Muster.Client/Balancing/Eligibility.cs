using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>Which instances may be picked: those of the best rank that anybody has.</summary>
/// <remarks>
/// Ranks, best first: 0 healthy or unknown, 1 degraded, 2 timed out (the registry may be the one that lost touch), then the
/// same three once more for instances that refused a connection not long ago. An instance of a lower rank is picked only when
/// no better one is left, so a wrong suspicion never takes the last instance away. One whose circuit is open for another reason
/// has no rank: an open circuit lets nothing through. Behind all of these come, in the same order, those that said with an answer that
/// they leave.
/// </remarks>
internal static class Eligibility
{
    /// <summary>From this rank on an instance may be gone.</summary>
    public const int TimedOutRank = 2;

    /// <summary>From this rank on an instance is set aside, and picked for want of better ones.</summary>
    public const int SetAsideRank = 3;

    /// <summary>From this rank on an instance has said itself that it leaves, and is picked where there is nobody else.</summary>
    public const int LeavingRank = 6;

    /// <summary>The rank of an instance by what the registry says of it; null is never to be picked.</summary>
    public static int? Rank(InstanceStatus status) => status.Tier();

    /// <summary>The rank of an instance that this process may have set aside; null is not to be picked.</summary>
    /// <param name="rank">Its rank by the registry.</param>
    /// <param name="aside">Why it is set aside; <see cref="BreakerReason.None"/> if it is not.</param>
    public static int? RankSetAside(int rank, BreakerReason aside) => aside switch
    {
        BreakerReason.None => rank,
        BreakerReason.ConnectFailed => rank + SetAsideRank,
        _ => null,
    };
}
