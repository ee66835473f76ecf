using System.Collections.Immutable;
using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Instances that one picker chooses among.</summary>
/// <param name="Targets">What the picker's index means.</param>
/// <param name="Candidates">The same instances as the policy sees them.</param>
/// <param name="Picker">Null if there is nothing to pick.</param>
internal sealed record Group(Target[] Targets, ImmutableArray<Candidate> Candidates, IPicker? Picker)
{
    public static readonly Group Empty = new([], [], null);

    /// <summary>Whether the picker wants probes; null if it does not.</summary>
    public IProbingPicker? Prober { get; } = Picker as IProbingPicker;

    /// <summary>Whether the picker knows who comes next; null if it does not.</summary>
    public IRankingPicker? Ranking { get; } = Picker as IRankingPicker;

    /// <summary>Binds a picker to targets; the previous one, if they are the same. So a view that brings nothing but news of load
    /// keeps the picker.</summary>
    public static Group Bind(List<Target> targets, IBalancingPolicy policy, Group previous)
    {
        if (targets.Count == 0)
        {
            return Empty;
        }

        if (previous.IsOf(targets))
        {
            return previous;
        }

        var candidates = ImmutableArray.CreateBuilder<Candidate>(targets.Count);
        foreach (var target in targets)
        {
            candidates.Add(target.Member.Candidate);
        }

        var frozen = candidates.MoveToImmutable();
        return new Group([.. targets], frozen, policy.CreatePicker(frozen));
    }

    private bool IsOf(List<Target> targets)
    {
        if (Targets.Length != targets.Count)
        {
            return false;
        }

        for (var i = 0; i < Targets.Length; i++)
        {
            if (Targets[i] != targets[i] || !ReferenceEquals(Candidates[i], targets[i].Member.Candidate))
            {
                return false;
            }
        }

        return true;
    }
}
