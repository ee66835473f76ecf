using System.Globalization;
using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Picks instances of one service by one policy.</summary>
/// <remarks>Thread-safe. A pick reads one immutable selection; the fleet swaps it with each change, under its lock.</remarks>
internal sealed class Balancer
{
    /// <summary>Picks that may hit an instance which left, is full, or became another call's trial between reading the selection and
    /// counting the call. Each needs a change in that instant, so a second one is rare and an eighth does not happen.</summary>
    private const int RacesMax = 8;

    private readonly Fleet _fleet;
    private readonly Side _main;
    private readonly Side? _split;
    private readonly double _splitShare;
    private readonly PickRandom _random;
    private readonly TimeProvider _timeProvider;
    private readonly int _inFlightMax;
    private volatile Selection _selection = Selection.Empty;

    // The roster that the sides have taken. Under the fleet's lock.
    private Roster? _roster;

    public Balancer(Fleet fleet, BalancerKey key, FleetSettings settings, Func<IBalancingPolicy> createPolicy)
    {
        _fleet = fleet;
        Key = key;
        _main = new Side(key.OfRest, settings, createPolicy);
        if (key.Split is { } split)
        {
            _split = new Side(key.OfSplit, settings, createPolicy);
            _splitShare = split.Share;
        }

        _random = fleet.Random;
        _timeProvider = fleet.TimeProvider;
        _inFlightMax = fleet.Ejection.InFlightMax;
    }

    public Fleet Fleet => _fleet;

    public BalancerKey Key { get; }

    public Selection Selection => _selection;

    /// <summary>Whom the last selection left out, and how many of the others are full now.</summary>
    public Exclusions Excluded
    {
        get
        {
            var selection = _selection;
            return selection.Excluded with { Full = selection.Targets.Count(t => IsFull(t.Member)) };
        }
    }

    /// <summary>Whether time alone has changed who may be picked.</summary>
    public bool IsReviewDue(TimeSpan now) => _selection.ReviewAt <= now;

    /// <summary>Picks an instance, and counts the call that is about to go to it.</summary>
    /// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
    /// <param name="target">The instance.</param>
    /// <param name="now">When it was picked.</param>
    /// <returns>False if there is none.</returns>
    public bool TryPick(ulong? affinity, out Target target, out TimeSpan now)
    {
        now = _timeProvider.Now();
        var context = new PickContext(now, _random, affinity);
        for (var i = 0; i < RacesMax; i++)
        {
            var selection = _selection;
            if (selection.ReviewAt <= now)
            {
                _fleet.Review(this, now);
                selection = _selection;
            }

            if (selection.IsEmpty)
            {
                break;
            }

            var lane = selection.LaneFor(context);
            target = lane.Choose(context);
            if (TryTake(lane, target, now))
            {
                return true;
            }
        }

        return TryPickWithRoom(affinity, out target, now);
    }

    /// <summary>Whether there is an instance that this call has not tried, set aside or not.</summary>
    // Asked of the survey, here and below: a policy that was bound for a question might take it for a choice (pick_first would).
    public bool HasOther(IReadOnlyList<Member> tried, TimeSpan now) =>
        _main.HasOther(_fleet.Roster, tried, now) || _split?.HasOther(_fleet.Roster, tried, now) == true;

    /// <summary>Whether <see cref="TryPickOther"/> would find one now.</summary>
    public bool CanPickOther(IReadOnlyList<Member> tried, TimeSpan now) =>
        _main.CanSelect(_fleet.Roster, tried, now) || _split?.CanSelect(_fleet.Roster, tried, now) == true;

    /// <summary>Picks an instance that this call has not tried, and counts the call that is about to go to it.</summary>
    /// <param name="tried">Those that it has.</param>
    /// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
    /// <param name="wellOnly">None if all that are left are set aside.</param>
    /// <param name="target">The instance.</param>
    /// <param name="now">When it was picked.</param>
    /// <returns>False if there is none.</returns>
    public bool TryPickOther(IReadOnlyList<Member> tried, ulong? affinity, bool wellOnly, out Target target, out TimeSpan now)
    {
        now = _timeProvider.Now();
        for (var i = 0; i < RacesMax; i++)
        {
            // Not kept: the fleet's own selection is for calls that start.
            var selection = Choose(tried, now, out var anyWell);
            if (selection.IsEmpty || (wellOnly && !anyWell))
            {
                break;
            }

            var context = new PickContext(now, _random, affinity);
            var lane = selection.LaneFor(context);
            target = lane.Choose(context);
            if (TryTake(lane, target, now))
            {
                return true;
            }
        }

        target = default;
        return false;
    }

    // Whom a call may go on to. Whether any of them is well is asked of all that are left, not of those that would be picked.
    private Selection Choose(IReadOnlyList<Member> tried, TimeSpan now, out bool anyWell)
    {
        var roster = _fleet.Roster;
        var (main, split) = (_main.Select(roster, tried, now), _split?.Select(roster, tried, now));
        anyWell = main.WellCount > 0 || split?.WellCount > 0;
        return Join(main, split);
    }

    /// <summary>Asks the policy whom to probe, after a pick.</summary>
    /// <returns>How many targets were written.</returns>
    public int ChooseProbes(TimeSpan now, Span<Target> probes)
    {
        // Each lane as often as calls are picked from it.
        var context = new PickContext(now, _random);
        if (_selection.LaneFor(context).All is not { Prober: { } prober } all)
        {
            return 0;
        }

        Span<int> indices = stackalloc int[IProbingPicker.ProbesPerCallMax];
        var count = prober.ChooseProbes(context, indices);
        for (var i = 0; i < count; i++)
        {
            probes[i] = all.Targets[indices[i]];
        }

        return count;
    }

    /// <summary>Says whom this balancer would pick, without picking.</summary>
    public Member? Peek(ulong? affinity, TimeSpan now)
    {
        var context = new PickContext(now, _random, affinity);
        var lane = _selection.LaneFor(context);
        return lane.IsEmpty ? null : lane.Choose(context).Member;
    }

    /// <summary>Says why an instance was picked: the policy, how many it chose among, and by which signals.</summary>
    public string Explain(Member member, ulong? affinity, TimeSpan now)
    {
        var pool = _selection.PoolOf(member);
        var all = pool.All.All;
        var index = Array.FindIndex(all.Targets, t => t.Member == member);
        var signals = index < 0 ? "" : all.Picker!.Explain(index, new PickContext(now, _random, affinity));
        var zone = pool.Local is not { } local
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ({pool.LocalShare * 100:0} % stay with the {local.All.Targets.Length} in the zone)");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Key.Policy} of {all.Targets.Length}{zone}{(signals.Length == 0 ? "" : ": ")}{signals}");
    }

    /// <summary>Chooses anew who may be picked. Under the fleet's lock.</summary>
    public void ReselectLocked(Roster roster, TimeSpan now)
    {
        if (roster != _roster)
        {
            _roster = roster;
            _main.ApplyLocked(roster);
            _split?.ApplyLocked(roster);
        }

        var main = _main.SelectLocked(roster, now);
        _selection = Join(main, _split?.SelectLocked(roster, now));
        if (Key.WarmUp)
        {
            WarmUp.Start(_selection, Key.Policy, _random, now);
        }
    }

    /// <summary>Picks nobody until the next choice. Under the fleet's lock.</summary>
    public void ClearLocked() => _selection = Selection.Empty;

    // One side takes all where the other has nobody, or nobody that is as good.
    private Selection Join(in SideChoice main, in SideChoice? split)
    {
        var reviewAt = Earlier(main.ReviewAt, _fleet.ReviewAt);
        if (split is not { } other)
        {
            return new Selection(main.Pool, null, 0, reviewAt, main.Excluded);
        }

        reviewAt = Earlier(reviewAt, other.ReviewAt);

        // Whoever is on one side does not match what the other asks for: only who is on neither is left out.
        var excluded = new Exclusions(
            main.Excluded.Mismatched - other.CallableCount, main.Excluded.Ejected + other.Excluded.Ejected, 0);
        if (main.Pool.IsEmpty || (main.Pool.IsPoor && !other.Pool.IsPoor))
        {
            return new Selection(other.Pool, null, 0, reviewAt, excluded);
        }

        return other.Pool.IsPoor && (other.Pool.IsEmpty || !main.Pool.IsPoor)
            ? new Selection(main.Pool, null, 0, reviewAt, excluded)
            : new Selection(main.Pool, other.Pool, _splitShare, reviewAt, excluded);
    }

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private bool TryTake(Lane lane, Target target, TimeSpan now)
    {
        var member = target.Member;
        if (!member.TryBegin())
        {
            return false;
        }

        if (IsOver(member) || (lane.Seasoned is not null && member.Statistics.IsOverProbation(now)))
        {
            member.Withdraw();
            return false;
        }

        if (!member.Breaker.IsOpen)
        {
            return true;
        }

        // Its time is over, but whether it is well is not known: this call finds out, the others wait for it.
        if (member.Breaker.TryBeginTrial(now, Key.ConnectTimeout))
        {
            _fleet.OnTrial();
            return true;
        }

        if (lane.IsDesperate)
        {
            return true;
        }

        member.Withdraw();
        return false;
    }

    // Where chance keeps hitting full instances: look at all of them once.
    private bool TryPickWithRoom(ulong? affinity, out Target target, TimeSpan now)
    {
        target = default;
        var selection = _selection;
        if (selection.IsEmpty)
        {
            return false;
        }

        var full = selection.Targets.Where(t => IsFull(t.Member)).Select(t => t.Member).ToList();
        return full.Count < selection.Targets.Count() && TryPickOther(full, affinity, wellOnly: false, out target, out _);
    }

    private bool IsFull(Member member) => member.Statistics.InFlight >= _inFlightMax;

    // The call itself is counted by now.
    private bool IsOver(Member member) => member.Statistics.InFlight > _inFlightMax;
}
