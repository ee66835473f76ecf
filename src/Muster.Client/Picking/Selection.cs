using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>The instances that may be picked at one moment, and the pickers bound to them.</summary>
/// <param name="Main">All of them, or with a traffic split those on the side that gets the rest.</param>
/// <param name="Split">Those on the side that gets the split's share; null without a split, and while one side takes all.</param>
/// <param name="SplitShare">That share, 0 to 1.</param>
/// <param name="ReviewAt">When this must be made anew, because time alone changes it.</param>
/// <param name="Excluded">Who is left out, and why.</param>
internal sealed record Selection(Pool Main, Pool? Split, double SplitShare, TimeSpan ReviewAt, Exclusions Excluded)
{
    /// <summary>Nothing to pick.</summary>
    public static readonly Selection Empty = new(Pool.Empty, null, 0, TimeSpan.MaxValue, default);

    public bool IsEmpty => Main.IsEmpty;

    /// <summary>Whether calls go to instances that are set aside, because too few are not.</summary>
    public bool IsDesperate => Main.All.IsDesperate || Split?.All.IsDesperate == true;

    /// <summary>Everybody who may be picked, on either side.</summary>
    public IEnumerable<Target> Targets => Split is null
        ? Main.All.All.Targets
        : Main.All.All.Targets.Concat(Split.All.All.Targets);

    /// <summary>The side that an instance is on; the main one for an instance that is on none.</summary>
    public Pool PoolOf(Member member) => Split is { } split && Array.Exists(split.All.All.Targets, t => t.Member == member) ? split : Main;

    /// <summary>The lane of one call.</summary>
    public Lane LaneFor(in PickContext context) => PoolFor(context).LaneFor(context);

    /// <summary>Whether there is anybody whom a call has not tried.</summary>
    public bool HasOther(IReadOnlyList<Member> tried) => HasOther(Main, tried) || (Split is { } split && HasOther(split, tried));

    /// <summary>Chooses for a call that goes on: from its lane, or else from all of its side, or else from the other side.</summary>
    /// <param name="context">The context of the pick.</param>
    /// <param name="untried">Whom the call may be sent to.</param>
    /// <param name="lane">From where it was chosen.</param>
    /// <param name="target">The instance.</param>
    /// <returns>False if there is nobody.</returns>
    public bool TryChooseOther(in PickContext context, in Untried untried, out Lane lane, out Target target)
    {
        var pool = PoolFor(context);
        lane = pool.LaneFor(context);
        if (lane.TryChooseOther(context, untried, out target))
        {
            return true;
        }

        if (!ReferenceEquals(lane, pool.All) && (lane = pool.All).TryChooseOther(context, untried, out target))
        {
            return true;
        }

        return Split is not null && (lane = (ReferenceEquals(pool, Main) ? Split : Main).All).TryChooseOther(context, untried, out target);
    }

    private Pool PoolFor(in PickContext context) =>
        Split is { } split && Lots.Draw(context, Lots.Split) < SplitShare ? split : Main;

    // Of more than were tried, somebody is left.
    private static bool HasOther(Pool pool, IReadOnlyList<Member> tried) =>
        pool.All.All.Targets is var targets && (targets.Length > tried.Count || Array.Exists(targets, t => !tried.Contains(t.Member)));
}
