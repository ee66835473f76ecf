using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Picking;

/// <summary>Instances that one call is picked from, and those of them that are in full service.</summary>
/// <param name="All">All of them.</param>
/// <param name="Seasoned">The same without newcomers; null if there are none, or nobody else, or the policy minds them itself.</param>
/// <param name="MindsProbation">Whether a newcomer whose first call is on its way gets no second one: there is somebody in full service.</param>
/// <param name="IsDesperate">Whether they are set aside themselves, there being nobody better, or too few.</param>
internal sealed record Lane(Group All, Group? Seasoned, bool MindsProbation, bool IsDesperate)
{
    public static readonly Lane Empty = new(Group.Empty, null, false, false);

    /// <summary>Newcomers that one pick turns down before it is left to the others: a pick stays short where nearly all are
    /// newcomers.</summary>
    private const int DeclinesMax = 12;

    /// <summary>How often a policy may offer one again that was turned down: by then it insists, and goes on insisting.</summary>
    private const int OffersAgainMax = 2;

    /// <summary>How often a policy is asked for somebody whom a call has not tried: picks by chance or in turns find one by then, as a
    /// rule, and one that insists need not be asked again.</summary>
    private const int RepicksMax = 4;

    /// <summary>How many a policy that ranks is told to pass over: more than a call may try.</summary>
    private const int PassedOverMax = 2 * RetryRule.AttemptsMax;

    public bool IsEmpty => All.Picker is null;

    /// <summary>Binds pickers to targets; the previous ones where nothing changed for them.</summary>
    public static Lane Bind(List<Target> targets, IBalancingPolicy policy, bool isDesperate, Lane previous, TimeSpan now)
    {
        var seasoned = targets.FindAll(t => !t.Member.Statistics.IsNewcomer(now));
        var isMixed = seasoned.Count > 0 && seasoned.Count < targets.Count;
        return new Lane(
            Group.Bind(targets, policy, previous.All),
            isMixed && policy.SlowStart == SlowStartMode.ByBalancer ? Group.Bind(seasoned, policy, previous.Seasoned ?? Group.Empty) : null,
            isMixed && policy.SlowStart != SlowStartMode.None,
            isDesperate);
    }

    /// <summary>Chooses. There must be somebody to choose.</summary>
    public Target Choose(in PickContext context) => Seasoned is { } seasoned
        ? Thin(seasoned, context)
        : All.Targets[All.Picker!.Pick(context)];

    /// <summary>Chooses for a call that goes on. Asks the pickers that there are: making one for each retry would cost the most when
    /// everything fails.</summary>
    /// <returns>False if there is nobody.</returns>
    public bool TryChooseOther(in PickContext context, in Untried untried, out Target target)
    {
        if (All.Ranking is { } ranking)
        {
            return TryChooseNext(ranking, context, untried, out target) || Idlest.TryFind(All.Targets, context, untried, out target);
        }

        for (var i = 0; i < RepicksMax && !IsEmpty; i++)
        {
            target = Choose(context);
            if (untried.Allows(target.Member, context.Now))
            {
                return true;
            }
        }

        return Idlest.TryFind(All.Targets, context, untried, out target);
    }

    private bool TryChooseNext(IRankingPicker ranking, in PickContext context, in Untried untried, out Target target)
    {
        Span<int> passedOver = stackalloc int[PassedOverMax];
        var count = 0;
        for (var i = 0; i < All.Targets.Length && count < PassedOverMax; i++)
        {
            if (untried.Tried.Contains(All.Targets[i].Member))
            {
                passedOver[count++] = i;
            }
        }

        while (count < PassedOverMax && ranking.PickNext(context, passedOver[..count]) is var index and >= 0)
        {
            target = All.Targets[index];
            if (untried.Allows(target.Member, context.Now))
            {
                return true;
            }

            passedOver[count++] = index;
        }

        target = default;
        return false;
    }

    // A newcomer is turned down as often as its share says, once per pick, and the policy is asked again. Leaving such calls to the
    // others right away would flood them where newcomers are many, as after a rolling restart; and a sequence that both
    // take their turns from would skip some of them for ever.
    private Target Thin(Group seasoned, in PickContext context)
    {
        Span<int> declined = stackalloc int[DeclinesMax];
        var (count, offersAgain) = (0, 0);
        while (count < DeclinesMax && offersAgain <= OffersAgainMax)
        {
            var index = All.Picker!.Pick(context);
            if (declined[..count].Contains(index))
            {
                offersAgain++;
            }
            else if (All.Targets[index].Member.Statistics.ShareAt(context.Now) is var share
                && (share >= 1 || context.Random.NextDouble() < share))
            {
                return All.Targets[index];
            }
            else
            {
                declined[count++] = index;
            }
        }

        return seasoned.Targets[seasoned.Picker!.Pick(context)];
    }
}
