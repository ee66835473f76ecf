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

    /// <summary>Everybody who may be picked, on either side.</summary>
    public IEnumerable<Target> Targets => Split is null
        ? Main.All.All.Targets
        : Main.All.All.Targets.Concat(Split.All.All.Targets);

    /// <summary>The side that an instance is on; the main one for an instance that is on none.</summary>
    public Pool PoolOf(Member member) => Split is { } split && Array.Exists(split.All.All.Targets, t => t.Member == member) ? split : Main;

    /// <summary>The lane of one call.</summary>
    public Lane LaneFor(in PickContext context)
    {
        var pool = Split is { } split && Lots.Draw(context, Lots.Split) < SplitShare ? split : Main;
        return pool.LaneFor(context);
    }
}
