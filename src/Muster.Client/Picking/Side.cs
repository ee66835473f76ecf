using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>One side of a traffic split, which without a split is the whole service: whom it keeps to, and how it picks.</summary>
/// <remarks>What it holds is written under the fleet's lock and read without it by calls that have tried everybody they could be picked from;
/// each of them is right by itself.</remarks>
internal sealed class Side
{
    private readonly BalancerKey _key;
    private readonly IBalancingPolicy _policy;
    private readonly IBalancingPolicy? _localPolicy;
    private readonly Subset? _subset;
    private readonly ZoneRouting? _routing;
    private readonly ZoneMeter _meter = new();
    private readonly string? _zone;
    private readonly double _panicThreshold;

    // The pool that calls start from. Under the fleet's lock.
    private Pool _pool = Pool.Empty;

    /// <param name="key">What it asks of an instance.</param>
    /// <param name="settings">Of which zone this process is, and which client of how many.</param>
    /// <param name="createPolicy">A sequence of its own for each side and for the zone: with one for all, some would miss turns that others
    /// take.</param>
    public Side(BalancerKey key, FleetSettings settings, Func<IBalancingPolicy> createPolicy)
    {
        _key = key;
        _panicThreshold = settings.Ejection.PanicThreshold;
        _policy = createPolicy();
        _subset = key.SubsetSize is { } size ? new Subset(size, settings.SubsetOrder) : null;
        if (settings.Zone is { } zone && key.ZonePreference is { } preference)
        {
            _zone = zone;
            _localPolicy = createPolicy();
            _routing = new ZoneRouting(preference);
        }
    }

    /// <summary>Takes a view: chooses anew whom to keep to.</summary>
    public void ApplyLocked(Roster roster) => _subset?.Apply(roster, _key);

    /// <summary>Chooses whom calls that start may be picked from.</summary>
    public SideChoice SelectLocked(Roster roster, TimeSpan now)
    {
        Weigh(now);
        var choice = Select(roster, _pool, now);
        _pool = choice.Pool;
        return choice;
    }

    /// <summary>The best that are left for a call that goes on, zones aside.</summary>
    /// <param name="roster">The service.</param>
    /// <param name="tried">Instances that it has tried already.</param>
    /// <param name="now">The time.</param>
    public Standing Left(Roster roster, IReadOnlyList<Member> tried, TimeSpan now) => Look(roster, tried, now).Judge(_panicThreshold);

    /// <summary>Whether there is anybody whom one call has not tried, set aside or not.</summary>
    public bool HasOther(Roster roster, IReadOnlyList<Member> tried, TimeSpan now) => Look(roster, tried, now).CallableCount > 0;

    private Survey Look(Roster roster, IReadOnlyList<Member>? tried, TimeSpan now) =>
        Survey.Of(roster, _key, _subset?.Chosen, _zone, tried, now);

    private SideChoice Select(Roster roster, Pool previous, TimeSpan now)
    {
        var survey = Look(roster, tried: null, now);
        var standing = survey.Judge(_panicThreshold);
        var all = Lane.Bind(standing.Targets, _policy, standing.IsDesperate, previous.All, now);
        if (_routing is null || LocalOf(standing, survey, now) is not { } targets)
        {
            return new SideChoice(new Pool(all, null, 0, standing.IsPoor), survey.ReviewAt, survey.Excluded, survey.CallableCount);
        }

        var local = Lane.Bind(targets, _localPolicy!, standing.IsDesperate, previous.Local ?? Lane.Empty, now);
        var pool = new Pool(all, local, _routing.LocalShare(targets.Count, survey.ListedInZone), standing.IsPoor);
        var reviewAt = survey.ReviewAt < _routing.DueAt ? survey.ReviewAt : _routing.DueAt;
        return new SideChoice(pool, reviewAt, survey.Excluded, survey.CallableCount);
    }

    private void Weigh(TimeSpan now)
    {
        if (_routing is not null && now >= _routing.DueAt)
        {
            var (local, remote) = _pool.Local is null ? default : _meter.Read(_pool.All.All.Targets, _zone!, now);
            _routing.Weigh(local, remote, now);
        }
    }

    // Null where zones do not matter: too few instances, none or all of them in the zone, none of those in full service; or it is
    // bad enough as it is.
    private List<Target>? LocalOf(in Standing standing, Survey survey, TimeSpan now)
    {
        if (standing.IsDesperate || survey.CallableCount < _key.ZonePreference!.InstancesMin)
        {
            return null;
        }

        var local = standing.Targets.FindAll(t => t.Member.Candidate.Zone == _zone);
        return local.Count == 0 || local.Count == standing.Targets.Count || HasNewcomersOnly(local, standing.Targets, now) ? null : local;
    }

    private static bool HasNewcomersOnly(List<Target> local, List<Target> all, TimeSpan now) =>
        local.TrueForAll(t => t.Member.Statistics.IsNewcomer(now)) && !all.TrueForAll(t => t.Member.Statistics.IsNewcomer(now));
}
