using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>Looks at all instances of a service once per interval and sets the outliers aside.</summary>
/// <remarks>Not thread-safe: the fleet calls it under its lock. No timer of its own: whoever picks first when it is due sets it going, so
/// a service that nobody calls costs nothing.</remarks>
internal sealed class OutlierSweep(EjectionOptions options, PickRandom random)
{
    /// <summary>When it is due; <see cref="TimeSpan.MaxValue"/> is never.</summary>
    public TimeSpan DueAt { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Starts the first interval.</summary>
    public void Start(TimeSpan now) => DueAt = options.Interval is { } interval ? now + interval : TimeSpan.MaxValue;

    /// <summary>Ends an interval, if its time is over.</summary>
    /// <returns>Who was found, why, and whether it was set aside.</returns>
    public IReadOnlyList<FoundOutlier> Run(ImmutableArray<Member> members, TimeSpan now)
    {
        if (now < DueAt)
        {
            return [];
        }

        Start(now);
        var counts = new CallCounts[members.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = members[i].Window.Take();
        }

        var found = Eject(members, OutlierDetector.Find(counts, options), now);
        Forgive(members, found);
        return found;
    }

    private List<FoundOutlier> Eject(ImmutableArray<Member> members, List<Outlier> outliers, TimeSpan now)
    {
        var found = new List<FoundOutlier>();
        var room = Math.Max(1, members.Length * options.MaxEjectionPercent / 100) - members.Count(m => m.Breaker.IsOpen);
        foreach (var (index, reason) in outliers)
        {
            var member = members[index];
            var isOverflow = room <= 0 && !member.Breaker.IsOpen;
            var isEnforced = room > 0 && member.Breaker.Eject(reason, now, TimeFor(member, reason), random);
            room -= isEnforced ? 1 : 0;
            found.Add(new FoundOutlier(member, reason, isEnforced, isOverflow));
        }

        return found;
    }

    private TimeSpan TimeFor(Member member, BreakerReason reason)
    {
        if (reason == BreakerReason.Latency)
        {
            return options.LatencyEjectionTime;
        }

        var most = options.MaxEjectionTime > options.BaseEjectionTime ? options.MaxEjectionTime : options.BaseEjectionTime;
        var time = options.BaseEjectionTime * ++member.Ejections;
        return time < most ? time : most;
    }

    // A50: the multiplier falls by one with each interval in which an instance that is not set aside was no outlier.
    private static void Forgive(ImmutableArray<Member> members, List<FoundOutlier> found)
    {
        foreach (var member in members)
        {
            if (member.Ejections > 0 && !member.Breaker.IsOpen && !found.Exists(f => f.Member == member))
            {
                member.Ejections--;
            }
        }
    }
}
