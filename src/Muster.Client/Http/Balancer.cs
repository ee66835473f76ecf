using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>Picks instances of one service by one policy.</summary>
/// <remarks>Thread-safe. A pick reads one immutable selection; the fleet swaps it with each change, under its lock.</remarks>
internal sealed class Balancer
{
    /// <summary>Picks that may hit an instance which left between reading the selection and counting the call. Each needs a
    /// change of the list in that instant, so a second one is rare and an eighth does not happen.</summary>
    private const int RacesMax = 8;

    private readonly Fleet _fleet;
    private readonly MetadataSelector _selector;
    private readonly IBalancingPolicy _policy;
    private readonly PickRandom _random;
    private readonly TimeProvider _timeProvider;
    private volatile Selection _selection = Selection.Empty;

    public Balancer(Fleet fleet, BalancerKey key, MetadataSelector selector, IBalancingPolicy policy)
    {
        _fleet = fleet;
        Key = key;
        _selector = selector;
        _policy = policy;
        _random = fleet.Random;
        _timeProvider = fleet.TimeProvider;
    }

    public Fleet Fleet => _fleet;

    public BalancerKey Key { get; }

    /// <summary>Instances that may be called, but do not offer what is asked for.</summary>
    public int Mismatched => _selection.Mismatched;

    /// <summary>Picks an instance, and counts the call that is about to go to it.</summary>
    /// <param name="target">The instance.</param>
    /// <param name="now">When it was picked.</param>
    /// <returns>False if there is none.</returns>
    public bool TryPick(out Target target, out TimeSpan now)
    {
        now = _timeProvider.Now();
        for (var i = 0; i < RacesMax; i++)
        {
            var selection = _selection;
            if (selection.ReviewAt <= now)
            {
                _fleet.Reconsider();
                selection = _selection;
            }

            if (selection.Picker is null)
            {
                break;
            }

            if (TryTake(selection, now, out target))
            {
                return true;
            }
        }

        target = default;
        return false;
    }

    /// <summary>Picks an instance that this call has not tried.</summary>
    public bool TryPickOther(List<Member> tried, out Target target, out TimeSpan now)
    {
        now = _timeProvider.Now();
        for (var i = 0; i < RacesMax; i++)
        {
            // Not kept: the fleet's own selection is for calls that start.
            var selection = Selection.Make(_fleet.Roster, Key, _selector, _policy, Selection.Empty, tried, now);
            if (selection.Picker is null)
            {
                break;
            }

            if (TryTake(selection, now, out target))
            {
                return true;
            }
        }

        target = default;
        return false;
    }

    /// <summary>Chooses anew who may be picked. Under the fleet's lock.</summary>
    public void ReselectLocked(Roster roster, TimeSpan now) =>
        _selection = Selection.Make(roster, Key, _selector, _policy, _selection, tried: null, now);

    private bool TryTake(Selection selection, TimeSpan now, out Target target)
    {
        target = selection.Targets[selection.Picker!.Pick(new PickContext(now, _random))];
        if (!target.Member.TryBegin())
        {
            return false;
        }

        // Its time is over, but whether it can be connected to is not known: this call finds out, the others wait for it.
        if (target.Member.Backoff.IsSuspect && target.Member.Backoff.TryBeginTrial(now, Key.ConnectTimeout))
        {
            _fleet.Reconsider();
        }

        return true;
    }
}
