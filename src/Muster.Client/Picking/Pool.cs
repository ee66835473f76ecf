using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>The instances of one side of a traffic split, which without a split is all there is: everybody, and those in this process's
/// zone.</summary>
/// <param name="All">Those of the best rank that anybody has.</param>
/// <param name="Local">Those of them in this process's zone; null if zones do not matter now.</param>
/// <param name="LocalShare">The share of calls that stay in the zone, 0 to 1.</param>
/// <param name="IsPoor">Whether somebody on another side would be better (<see cref="Standing.IsPoor"/>).</param>
internal sealed record Pool(Lane All, Lane? Local, double LocalShare, bool IsPoor)
{
    public static readonly Pool Empty = new(Lane.Empty, null, 0, true);

    public bool IsEmpty => All.IsEmpty;

    /// <summary>The lane of one call.</summary>
    public Lane LaneFor(in PickContext context) =>
        Local is { } local && Lots.Draw(context, Lots.Zone) < LocalShare ? local : All;
}
