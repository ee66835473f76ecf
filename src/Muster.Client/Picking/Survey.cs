using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Resilience;
using Muster.Core.Replica;

namespace Muster.Client.Picking;

/// <summary>How every instance of a service stands, for one demand at one moment.</summary>
internal sealed class Survey
{
    private readonly List<Entry> _callable = [];
    private readonly IReadOnlySet<string>? _subset;
    private readonly string? _zone;
    private int _mismatched;
    private int _ejected;

    private Survey(IReadOnlySet<string>? subset, string? zone) => (_subset, _zone) = (subset, zone);

    /// <summary>When time alone makes this wrong: an instance that is set aside comes back, a newcomer is one no longer.</summary>
    public TimeSpan ReviewAt { get; private set; } = TimeSpan.MaxValue;

    public Exclusions Excluded => new(_mismatched, _ejected, 0);

    /// <summary>Instances that may be called, those outside the subset included.</summary>
    public int CallableCount => _callable.Count;

    /// <summary>Instances that the zone has, whether or not they may be called; with a subset, those of it.</summary>
    public int ListedInZone { get; private set; }

    /// <summary>Looks at everybody.</summary>
    /// <param name="roster">The service.</param>
    /// <param name="key">What is asked of it.</param>
    /// <param name="subset">Whom this process keeps to; null is everybody.</param>
    /// <param name="zone">This process's zone; null does not matter.</param>
    /// <param name="tried">Instances that this call has tried already; null at its start.</param>
    /// <param name="now">The time.</param>
    public static Survey Of(
        Roster roster, BalancerKey key, IReadOnlySet<string>? subset, string? zone, IReadOnlyList<Member>? tried, TimeSpan now)
    {
        var survey = new Survey(subset, zone);
        for (var i = 0; i < roster.Members.Length; i++)
        {
            var (instance, member) = (roster.View.Instances[i], roster.Members[i]);
            survey.CountZone(key, instance);
            if (Eligibility.Rank(instance.Status) is { } rank && tried?.Contains(member) != true)
            {
                var connections = key.Matches(instance.Record)
                    ? member.ConnectionsTo(key.EndpointName, key.Scheme, key.ConnectTimeout)
                    : null;
                survey.Add(member, connections, rank, now);
            }
        }

        return survey;
    }

    /// <summary>The best that there is, of the subset if there are enough good ones in it.</summary>
    public Standing Judge(double panicThreshold)
    {
        var inside = Judge(panicThreshold, everybody: _subset is null);
        if (_subset is null || !(inside.IsPoor || inside.IsThin))
        {
            return inside;
        }

        var everybody = Judge(panicThreshold, everybody: true);
        return everybody.Beats(inside) ? everybody : inside;
    }

    private Standing Judge(double panicThreshold, bool everybody)
    {
        var (count, ejected, setAside) = (0, 0, 0);
        foreach (var entry in _callable)
        {
            if (everybody || entry.IsInSubset)
            {
                count++;
                setAside += entry.Aside == BreakerReason.None ? 0 : 1;
                ejected += entry.Aside is BreakerReason.None or BreakerReason.ConnectFailed ? 0 : 1;
            }
        }

        // So many are set aside that the fault is elsewhere. Where no connection can be made, trying all the same would not help.
        var isThin = count - setAside < panicThreshold * count;
        var isPanic = isThin && ejected > 0;
        var targets = Best(isPanic, everybody, out var rank);
        return new Standing(targets, rank, isPanic, isThin);
    }

    private List<Target> Best(bool isPanic, bool everybody, out int rank)
    {
        rank = int.MaxValue;
        var targets = new List<Target>(_callable.Count);
        foreach (var entry in _callable)
        {
            if ((!everybody && !entry.IsInSubset) || entry.RankIn(isPanic) is not { } own || own > rank)
            {
                continue;
            }

            if (own < rank)
            {
                rank = own;
                targets.Clear();
            }

            targets.Add(entry.Target);
        }

        return targets;
    }

    private void CountZone(BalancerKey key, InstanceView instance)
    {
        if (_zone is not null && instance.Record.Zone == _zone && IsInSubset(instance.Id) && key.Matches(instance.Record))
        {
            ListedInZone++;
        }
    }

    private bool IsInSubset(string id) => _subset?.Contains(id) != false;

    private void Add(Member member, InstanceConnections? connections, int rank, TimeSpan now)
    {
        if (connections is null)
        {
            _mismatched++;
            return;
        }

        var aside = BreakerReason.None;
        if (member.Breaker.SetAside(now) is var (reason, until))
        {
            aside = reason;
            _ejected += reason == BreakerReason.ConnectFailed ? 0 : 1;
            ReviewBy(until);
        }

        if (member.Statistics.NewcomerUntil is { } end && end > now)
        {
            ReviewBy(end);
        }

        if (member.LeavesUntil(now) is { } left)
        {
            ReviewBy(left);
            rank += Eligibility.LeavingRank;
        }

        _callable.Add(new Entry(new Target(member, connections), rank, aside, IsInSubset(member.Id)));
    }

    private void ReviewBy(TimeSpan time) => ReviewAt = time < ReviewAt ? time : ReviewAt;

    private readonly record struct Entry(Target Target, int Rank, BreakerReason Aside, bool IsInSubset)
    {
        public int? RankIn(bool isPanic) =>
            Eligibility.RankSetAside(Rank, isPanic && Aside != BreakerReason.ConnectFailed ? BreakerReason.None : Aside);
    }
}
