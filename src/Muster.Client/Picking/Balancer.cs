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

    /// <summary>Newcomers that one pick turns down before it is left to the others: a pick stays short where nearly all are
    /// newcomers.</summary>
    private const int DeclinesMax = 12;

    /// <summary>How often a policy may offer one again that was turned down: by then it insists, and goes on insisting.</summary>
    private const int OffersAgainMax = 2;

    private readonly Fleet _fleet;
    private readonly IBalancingPolicy _policy;
    private readonly PickRandom _random;
    private readonly TimeProvider _timeProvider;
    private readonly int _inFlightMax;
    private volatile Selection _selection = Selection.Empty;

    public Balancer(Fleet fleet, BalancerKey key, IBalancingPolicy policy)
    {
        _fleet = fleet;
        Key = key;
        _policy = policy;
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
            return selection.Excluded with { Full = selection.All.Targets.Count(t => IsFull(t.Member)) };
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

            if (selection.All.Picker is null)
            {
                break;
            }

            target = Choose(selection, context);
            if (TryTake(selection, target, now))
            {
                return true;
            }
        }

        return TryPickWithRoom(affinity, out target, now);
    }

    /// <summary>Whether there is an instance that this call has not tried, set aside or not.</summary>
    public bool HasOther(IReadOnlyList<Member> tried, TimeSpan now) => Survey.Of(_fleet.Roster, Key, tried, now).Any;

    /// <summary>Whether <see cref="TryPickOther"/> would find one now.</summary>
    public bool CanPickOther(IReadOnlyList<Member> tried, TimeSpan now)
    {
        var survey = Survey.Of(_fleet.Roster, Key, tried, now);
        return survey.Best(survey.IsPanic(_fleet.Ejection.PanicThreshold), out _).Count > 0;
    }

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
            var selection = Make(_fleet.Roster, Selection.Empty, tried, now);
            if (selection.All.Picker is null || (wellOnly && !selection.AnyWell))
            {
                break;
            }

            target = Choose(selection, new PickContext(now, _random, affinity));
            if (TryTake(selection, target, now))
            {
                return true;
            }
        }

        target = default;
        return false;
    }

    /// <summary>Asks the policy whom to probe, after a pick.</summary>
    /// <returns>How many targets were written.</returns>
    public int ChooseProbes(TimeSpan now, Span<Target> probes)
    {
        if (_selection.All is not { Prober: { } prober } all)
        {
            return 0;
        }

        Span<int> indices = stackalloc int[IProbingPicker.ProbesPerCallMax];
        var count = prober.ChooseProbes(new PickContext(now, _random), indices);
        for (var i = 0; i < count; i++)
        {
            probes[i] = all.Targets[indices[i]];
        }

        return count;
    }

    /// <summary>Says whom this balancer would pick, without picking.</summary>
    public Member? Peek(ulong? affinity, TimeSpan now)
    {
        var selection = _selection;
        return selection.All.Picker is null ? null : Choose(selection, new PickContext(now, _random, affinity)).Member;
    }

    /// <summary>Says why an instance was picked: the policy, how many it chose among, and by which signals.</summary>
    public string Explain(Member member, ulong? affinity, TimeSpan now)
    {
        var all = _selection.All;
        var index = Array.FindIndex(all.Targets, t => t.Member == member);
        var signals = index < 0 ? "" : all.Picker!.Explain(index, new PickContext(now, _random, affinity));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Key.Policy} of {all.Targets.Length}{(signals.Length == 0 ? "" : ": ")}{signals}");
    }

    /// <summary>Chooses anew who may be picked. Under the fleet's lock.</summary>
    public void ReselectLocked(Roster roster, TimeSpan now) => _selection = Make(roster, _selection, tried: null, now);

    private Selection Make(Roster roster, Selection previous, IReadOnlyList<Member>? tried, TimeSpan now)
    {
        var selection = Selection.Make(roster, Key, _policy, _fleet.Ejection, previous, tried, now);
        return _fleet.SweepAt < selection.ReviewAt ? selection with { ReviewAt = _fleet.SweepAt } : selection;
    }

    private static Target Choose(Selection selection, in PickContext context)
    {
        var all = selection.All;
        return selection.Seasoned is { } seasoned ? Thin(all, seasoned, context) : all.Targets[all.Picker!.Pick(context)];
    }

    // A newcomer is turned down as often as its share says, once per pick, and the policy is asked again. Leaving such calls to the
    // others right away would flood them where newcomers are many, as after a rolling restart; and a sequence that both
    // take their turns from would skip some of them for ever.
    private static Target Thin(Group all, Group seasoned, in PickContext context)
    {
        Span<int> declined = stackalloc int[DeclinesMax];
        var (count, offersAgain) = (0, 0);
        while (count < DeclinesMax && offersAgain <= OffersAgainMax)
        {
            var index = all.Picker!.Pick(context);
            if (declined[..count].Contains(index))
            {
                offersAgain++;
            }
            else if (all.Targets[index].Member.Statistics.ShareAt(context.Now) is var share
                && (share >= 1 || context.Random.NextDouble() < share))
            {
                return all.Targets[index];
            }
            else
            {
                declined[count++] = index;
            }
        }

        return seasoned.Targets[seasoned.Picker!.Pick(context)];
    }

    private bool TryTake(Selection selection, Target target, TimeSpan now)
    {
        var member = target.Member;
        if (!member.TryBegin())
        {
            return false;
        }

        if (IsOver(member) || (selection.Seasoned is not null && member.Statistics.IsOverProbation(now)))
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
            _fleet.Reconsider();
            return true;
        }

        if (selection.IsDesperate)
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
        if (selection.All.Picker is null)
        {
            return false;
        }

        var full = selection.All.Targets.Where(t => IsFull(t.Member)).Select(t => t.Member).ToList();
        return full.Count < selection.All.Targets.Length && TryPickOther(full, affinity, wellOnly: false, out target, out _);
    }

    private bool IsFull(Member member) => member.Statistics.InFlight >= _inFlightMax;

    // The call itself is counted by now.
    private bool IsOver(Member member) => member.Statistics.InFlight > _inFlightMax;
}
