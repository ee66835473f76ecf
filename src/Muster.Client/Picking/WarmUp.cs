using Muster.Client.Balancing;
using Muster.Core;

namespace Muster.Client.Picking;

/// <summary>Has connections made to those that are likely to be called, before they are.</summary>
/// <remarks>With each selection, and there is one at least every <see cref="Limits.WarmUpIntervalMin"/> as long as calls are picked. So who
/// lost its last connection gets another while the service is called; a client that calls nobody holds none after
/// <see cref="Limits.InstanceConnectionIdleMax"/>, and opens none.</remarks>
internal static class WarmUp
{
    /// <summary>More instances than this are connected to as calls go to them: nobody calls all of them soon.</summary>
    public const int InstancesMax = 128;

    /// <summary>Over so long, times how many they are, the first connections are spread.</summary>
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(10);

    /// <summary>Over so long those to a newcomer are: every client of the service sees it in the same instant.</summary>
    private static readonly TimeSpan NewcomerSpread = TimeSpan.FromSeconds(1);

    /// <summary>Starts them. Returns at once; those that have one are left alone.</summary>
    public static void Start(Selection selection, string policy, PickRandom random, TimeSpan now)
    {
        Start(selection.Main, policy, random, now);
        if (selection is { Split: { } split, SplitShare: > 0 })
        {
            Start(split, policy, random, now);
        }
    }

    private static void Start(Pool pool, string policy, PickRandom random, TimeSpan now)
    {
        var lane = pool.Local ?? pool.All;
        if (lane.IsEmpty || lane.IsDesperate || lane.All.Targets.Length > InstancesMax)
        {
            return;
        }

        // One instance gets all calls of this policy, and its pick changes nothing.
        var targets = policy == PolicyNames.PickFirst ? [lane.Choose(new PickContext(now, random))] : lane.All.Targets;
        foreach (var target in targets)
        {
            if (target.Connections.IsCold(now))
            {
                var spread = target.Member.Statistics.IsNewcomer(now) ? NewcomerSpread : Stagger * targets.Length;
                target.Connections.WarmUp(now, spread * random.NextDouble());
            }
        }
    }
}
