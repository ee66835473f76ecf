using Muster.Client.Balancing;
using Muster.Client.Balancing.Policies;

namespace Muster.Client.Picking;

/// <summary>Finds who has the least to do, where picking has brought nobody whom a call may go on to.</summary>
internal static class Idlest
{
    /// <summary>Looks at all of them once.</summary>
    /// <param name="targets">Whom to choose among.</param>
    /// <param name="context">The context of the pick.</param>
    /// <param name="untried">Whom the call may be sent to.</param>
    /// <param name="target">Of those the one with the fewest calls in flight from here, for how often it fails and how new it is.</param>
    /// <returns>False if there is none.</returns>
    public static bool TryFind(ReadOnlySpan<Target> targets, in PickContext context, in Untried untried, out Target target)
    {
        var lowest = new LowestOf(context.Random);
        for (var i = 0; i < targets.Length; i++)
        {
            if (untried.Allows(targets[i].Member, context.Now))
            {
                lowest.Offer(i, Cost(targets[i].Member.Statistics, context.Now));
            }
        }

        target = lowest.HasAny ? targets[lowest.Index] : default;
        return lowest.HasAny;
    }

    // Infinite for a newcomer that is to get nothing now: it is taken where there is nobody else.
    private static double Cost(InstanceStatistics statistics, TimeSpan now) =>
        (statistics.InFlight + 1) * statistics.ErrorPenaltyAt(now) / statistics.ShareAt(now);
}
