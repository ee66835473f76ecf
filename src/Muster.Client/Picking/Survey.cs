using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>How every instance of a service stands, for one demand at one moment.</summary>
internal sealed class Survey
{
    private readonly List<(Target Target, int Rank, BreakerReason Aside)> _callable = [];
    private int _mismatched;
    private int _setAside;
    private int _ejected;

    /// <summary>When time alone makes this wrong: an instance that is set aside comes back, a newcomer is one no longer.</summary>
    public TimeSpan ReviewAt { get; private set; } = TimeSpan.MaxValue;

    public Exclusions Excluded => new(_mismatched, _ejected, 0);

    /// <summary>Whether there is anybody that may be called, set aside or not.</summary>
    public bool Any => _callable.Count > 0;

    /// <summary>Whether any of them is not set aside.</summary>
    public bool AnyWell => _callable.Count > _setAside;

    public static Survey Of(Roster roster, BalancerKey key, IReadOnlyList<Member>? tried, TimeSpan now)
    {
        var survey = new Survey();
        for (var i = 0; i < roster.Members.Length; i++)
        {
            var (instance, member) = (roster.View.Instances[i], roster.Members[i]);
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

    /// <summary>Whether so many are set aside that the fault is elsewhere.</summary>
    public bool IsPanic(double threshold) => _ejected > 0 && _callable.Count - _setAside < threshold * _callable.Count;

    /// <summary>Those of the best rank that anybody has, in the order of the roster.</summary>
    /// <param name="isPanic">Open circuits do not count.</param>
    /// <param name="rank">That rank.</param>
    public List<Target> Best(bool isPanic, out int rank)
    {
        rank = int.MaxValue;
        var targets = new List<Target>(_callable.Count);
        foreach (var (target, own, aside) in _callable)
        {
            if (Eligibility.RankSetAside(own, isPanic && aside != BreakerReason.ConnectFailed ? BreakerReason.None : aside)
                is not { } effective || effective > rank)
            {
                continue;
            }

            if (effective < rank)
            {
                rank = effective;
                targets.Clear();
            }

            targets.Add(target);
        }

        return targets;
    }

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
            _setAside++;
            _ejected += reason == BreakerReason.ConnectFailed ? 0 : 1;
            ReviewBy(until);
        }

        if (member.Statistics.NewcomerUntil is { } end && end > now)
        {
            ReviewBy(end);
        }

        _callable.Add((new Target(member, connections), rank, aside));
    }

    private void ReviewBy(TimeSpan time) => ReviewAt = time < ReviewAt ? time : ReviewAt;
}
