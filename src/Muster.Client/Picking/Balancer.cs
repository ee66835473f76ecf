using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Core;

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
    private readonly ILogger _log;
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
        _log = settings.Log;
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
            var selection = SelectionAt(now);
            if (selection.IsEmpty)
            {
                break;
            }

            var lane = selection.LaneFor(context);
            target = lane.Choose(context);
            if (TryTake(target, lane.IsDesperate, lane.MindsProbation, now))
            {
                return true;
            }
        }

        // Where chance keeps hitting full instances: look at all of them once.
        return TryTakeOther(context, new Untried([], wellOnly: false, _inFlightMax), out target);
    }

    /// <summary>Whether there is an instance that this call has not tried, set aside or not.</summary>
    public bool HasOther(IReadOnlyList<Member> tried, TimeSpan now) =>
        _selection.HasOther(tried)
        || _main.HasOther(_fleet.Roster, tried, now) || _split?.HasOther(_fleet.Roster, tried, now) == true;

    /// <summary>Whether <see cref="TryPickOther"/> would find one now.</summary>
    public bool CanPickOther(IReadOnlyList<Member> tried, TimeSpan now) =>
        _selection.HasOther(tried) || Left(tried, now).Targets.Count > 0;

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
        var context = new PickContext(now, _random, affinity);
        var untried = new Untried(tried, wellOnly, _inFlightMax);
        return TryTakeOther(context, untried, out target) || TryTakeLeft(context, untried, out target);
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

    /// <summary>Says why an instance was picked. For logs at debug level: it looks at all candidates.</summary>
    /// <param name="member">The instance; its call has been counted.</param>
    /// <param name="affinity">The hash of what the call belongs to; null if it belongs to nothing.</param>
    /// <param name="now">When it was picked.</param>
    public PickReason Explain(Member member, ulong? affinity, TimeSpan now)
    {
        var pool = _selection.PoolOf(member);
        var all = pool.All.All;
        var index = Array.FindIndex(all.Targets, t => t.Member == member);
        var signals = index >= 0 ? all.Picker!.Explain(index, new PickContext(now, _random, affinity) { IsCounted = true })
            : member.Breaker.IsOpen ? "a trial, its circuit is open"
            : "it is not among them any more";
        var zone = pool.Local is not { } local
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{pool.LocalShare * 100:0} % stay with the {local.All.Targets.Length} in the zone; ");
        return new PickReason(Key.Policy, all.Targets.Length, zone + (signals.Length > 0 ? signals : "it does not say why"));
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
        var selection = Join(main, _split?.SelectLocked(roster, now));
        if (selection.IsDesperate != _selection.IsDesperate && !Key.IsShadow)
        {
            OnPanicChanged(selection.IsDesperate);
        }

        if (!Key.WarmUp)
        {
            _selection = selection;
            return;
        }

        _selection = selection with { ReviewAt = Earlier(selection.ReviewAt, now + Limits.WarmUpIntervalMin) };
        WarmUp.Start(selection, Key.Policy, _random, now);
    }

    private void OnPanicChanged(bool isInPanic)
    {
        _fleet.Telemetry.OnPanicChanged(isInPanic);
        if (isInPanic)
        {
            Log.PanicBegan(_log, _fleet.Service);
        }
        else
        {
            Log.PanicEnded(_log, _fleet.Service);
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

    private Selection SelectionAt(TimeSpan now)
    {
        var selection = _selection;
        if (selection.ReviewAt > now)
        {
            return selection;
        }

        _fleet.Review(this, now);
        return _selection;
    }

    // Of those that calls which start are picked from.
    private bool TryTakeOther(in PickContext context, Untried untried, out Target target)
    {
        for (var i = 0; i < RacesMax && SelectionAt(context.Now).TryChooseOther(context, untried, out var lane, out target); i++)
        {
            if (TryTake(target, lane.IsDesperate, lane.MindsProbation, context.Now))
            {
                return true;
            }

            untried = untried.Without(target.Member);
        }

        target = default;
        return false;
    }

    // Of those that were not good enough to be picked, while there were others that the call had not tried.
    private bool TryTakeLeft(in PickContext context, Untried untried, out Target target)
    {
        for (var i = 0; i < RacesMax; i++)
        {
            var left = Left(untried.Tried, context.Now);
            if (!Idlest.TryFind(CollectionsMarshal.AsSpan(left.Targets), context, untried, out target))
            {
                break;
            }

            if (TryTake(target, left.IsDesperate, mindsProbation: false, context.Now))
            {
                return true;
            }

            untried = untried.Without(target.Member);
        }

        target = default;
        return false;
    }

    private Standing Left(IReadOnlyList<Member> tried, TimeSpan now)
    {
        var main = _main.Left(_fleet.Roster, tried, now);
        return _split?.Left(_fleet.Roster, tried, now) is { } split && main.IsPoor && (main.Targets.Count == 0 || !split.IsPoor)
            ? split
            : main;
    }

    private bool TryTake(Target target, bool isDesperate, bool mindsProbation, TimeSpan now)
    {
        var member = target.Member;
        if (!member.TryBegin())
        {
            return false;
        }

        if (IsOver(member) || (mindsProbation && member.Statistics.IsOverProbation(now)))
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

        if (isDesperate)
        {
            return true;
        }

        member.Withdraw();
        return false;
    }

    private bool IsFull(Member member) => member.Statistics.InFlight >= _inFlightMax;

    // The call itself is counted by now.
    private bool IsOver(Member member) => member.Statistics.InFlight > _inFlightMax;
}
