using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Decides which share of calls stays in this process's zone.</summary>
/// <remarks>
/// All of them, but for a few that keep the figures of the other zones fresh, until the zone is <see cref="ZonePreference.Headroom"/>
/// busier than the others. Then calls spill: each second the share that does changes by a part of what the zone is above, or below,
/// that line. So it settles where the zone is just so much busier, and comes back by the same law. The part is small because
/// the figures are a second or two old: a controller that corrects by all that it sees, on old figures, swings (with a delay of d looks
/// it must stay below 2 sin(π / (4d + 2)) of what it corrects, 0.62 for two).
/// <para>Pure but for its own state; not thread-safe.</para>
/// </remarks>
internal sealed class ZoneRouting(ZonePreference options)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // A zone of a tenth of the instances that gets all calls of its clients changes its load by twice what is moved, in bad cases.
    private const double Part = 0.15;

    /// <summary>What spills at most more, or less, than a second before.</summary>
    private const double StepMax = 0.1;

    /// <summary>Noise that is not answered.</summary>
    private const double Dead = 0.02;

    /// <summary>Where nobody knows anything, calls come home at this rate.</summary>
    private const double Unknown = 0.05;

    /// <summary>Without reports, how long calls take is compared: half as long again counts as 10 points of utilisation.</summary>
    private const double PointsPerRatio = 0.2;

    /// <summary>When it is due.</summary>
    public TimeSpan DueAt { get; private set; }

    /// <summary>The share of calls that go to anybody for the zone's load.</summary>
    public double Spill { get; private set; }

    /// <summary>The share of calls that stay.</summary>
    /// <param name="healthy">Instances in the zone that may be picked.</param>
    /// <param name="listed">Instances that the zone has.</param>
    public double LocalShare(int healthy, int listed)
    {
        var capacity = options.OverProvisioning * healthy / Math.Max(healthy, listed);
        return Math.Min(Math.Min(capacity, 1 - Spill), 1 - options.ProbeShare);
    }

    /// <summary>Compares the zone with the others.</summary>
    public void Weigh(in ZoneLoad local, in ZoneLoad remote, TimeSpan now)
    {
        DueAt = now + Period;
        Spill = Math.Clamp(Spill + Step(Excess(local, remote)), 0, 1);
    }

    private double Step(double? excess)
    {
        if (excess is not { } points)
        {
            return -Unknown;
        }

        var off = points - options.Headroom;
        return Math.Abs(off) < Dead ? 0 : Math.Clamp(off * Part, -StepMax, StepMax);
    }

    private static double? Excess(in ZoneLoad local, in ZoneLoad remote)
    {
        if (local.Utilization is { } here && remote.Utilization is { } there)
        {
            return here - there;
        }

        return local.Milliseconds is { } own && remote.Milliseconds is > 0 and { } others
            ? ((own / others) - 1) * PointsPerRatio
            : null;
    }
}
