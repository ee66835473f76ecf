using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>The instances that may be picked at one moment, and the pickers bound to them.</summary>
/// <param name="All">Those of the best rank that anybody has.</param>
/// <param name="Seasoned">The same without newcomers; null if there are none, or nobody else.</param>
/// <param name="ReviewAt">When this must be made anew, because time alone changes it.</param>
/// <param name="Excluded">Who is left out, and why.</param>
internal sealed record Selection(Group All, Group? Seasoned, TimeSpan ReviewAt, Exclusions Excluded)
{
    /// <summary>Nothing to pick.</summary>
    public static readonly Selection Empty = new(Group.Empty, null, TimeSpan.MaxValue, default);

    /// <summary>Whether those that may be picked are set aside themselves, there being nobody better, or too few.</summary>
    public bool IsDesperate { get; private init; }

    /// <summary>Whether any of the instances that may be called is not set aside.</summary>
    public bool AnyWell { get; private init; }

    /// <summary>Chooses who may be picked.</summary>
    /// <param name="roster">The service.</param>
    /// <param name="key">What is asked of it.</param>
    /// <param name="policy">Binds pickers.</param>
    /// <param name="options">Says when too many are set aside.</param>
    /// <param name="previous">The selection before; its pickers are kept if nothing changed for them.</param>
    /// <param name="tried">Instances that this call has tried already; null at its start.</param>
    /// <param name="now">The time.</param>
    public static Selection Make(
        Roster roster, BalancerKey key, IBalancingPolicy policy, EjectionOptions options,
        Selection previous, IReadOnlyList<Member>? tried, TimeSpan now)
    {
        var survey = Survey.Of(roster, key, tried, now);
        var isPanic = survey.IsPanic(options.PanicThreshold);
        var targets = survey.Best(isPanic, out var rank);
        var all = Group.Bind(targets, policy, previous.All);
        var seasoned = policy.HonoursSlowStart ? null : Season(targets, policy, previous, now);
        return new Selection(all, seasoned, survey.ReviewAt, survey.Excluded)
        {
            IsDesperate = isPanic || rank >= Eligibility.SetAsideRank,
            AnyWell = survey.AnyWell,
        };
    }

    private static Group? Season(List<Target> targets, IBalancingPolicy policy, Selection previous, TimeSpan now)
    {
        var seasoned = targets.FindAll(t => !(t.Member.Statistics.NewcomerUntil > now));
        return seasoned.Count == targets.Count || seasoned.Count == 0
            ? null
            : Group.Bind(seasoned, policy, previous.Seasoned ?? Group.Empty);
    }
}
