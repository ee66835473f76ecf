using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Sees to it that instances in full service do not have to bear too much while newcomers start slowly.</summary>
/// <remarks>What newcomers do not take yet, the others do: of n instances, f of them in full service, each of those bears (n - the newcomers'
/// shares) ÷ f of what it would if nobody started slowly. A deployment that replaces ten instances, one every four seconds, would leave the
/// last ones three times their load. So where that is more than <see cref="BurdenMax"/>, every newcomer's share is lifted by the same part
/// of what it lacks, until it is not.</remarks>
internal static class NewcomerRelief
{
    private const double BurdenMax = 1.25;

    /// <summary>Newcomers grow up, so a lift is looked at again after so long. Until then they get a little more than they must.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Lifts the shares of newcomers as far as it must be.</summary>
    /// <returns>Whether they are lifted.</returns>
    public static bool Apply(Roster roster, TimeSpan now)
    {
        var (all, newcomers, shares) = (0, 0, 0.0);
        for (var i = 0; i < roster.Members.Length; i++)
        {
            var member = roster.Members[i];
            if (Eligibility.Rank(roster.View.Instances[i].Status) < Eligibility.TimedOutRank && member.Breaker.SetAside(now) is null)
            {
                all++;
                if (member.Statistics.IsNewcomer(now))
                {
                    newcomers++;
                    shares += member.Statistics.Ramp!.ShareByAge(now);
                }
            }
        }

        if (newcomers == 0)
        {
            return false;
        }

        var needed = all - (BurdenMax * (all - newcomers));
        var lift = shares < needed ? (needed - shares) / (newcomers - shares) : 0;
        foreach (var member in roster.Members)
        {
            if (member.Statistics.Ramp is { } ramp)
            {
                ramp.Lift = lift;
            }
        }

        return lift > 0;
    }
}
