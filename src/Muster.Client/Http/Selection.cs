using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>The instances that may be picked at one moment, and the picker bound to them.</summary>
/// <param name="Targets">What the picker's index means.</param>
/// <param name="Candidates">The same instances as the policy sees them.</param>
/// <param name="Picker">Null if there is nothing to pick.</param>
/// <param name="ReviewAt">When an instance that is set aside comes back, so that this must be made anew.</param>
/// <param name="Mismatched">Instances that may be called, but do not offer what is asked for.</param>
internal sealed record Selection(
    Target[] Targets, ImmutableArray<Candidate> Candidates, IPicker? Picker, TimeSpan ReviewAt, int Mismatched)
{
    /// <summary>Nothing to pick.</summary>
    public static readonly Selection Empty = new([], [], null, TimeSpan.MaxValue, 0);

    /// <summary>Chooses who may be picked.</summary>
    /// <param name="roster">The service.</param>
    /// <param name="key">What is asked of it.</param>
    /// <param name="selector">The key's selector, parsed.</param>
    /// <param name="policy">Binds a picker.</param>
    /// <param name="previous">The selection before; its picker is kept if nothing changed for it.</param>
    /// <param name="tried">Instances that this call has tried already; null at its start.</param>
    /// <param name="now">The time.</param>
    public static Selection Make(
        Roster roster, BalancerKey key, MetadataSelector selector, IBalancingPolicy policy,
        Selection previous, List<Member>? tried, TimeSpan now)
    {
        var targets = new List<Target>(roster.Members.Length);
        var (best, reviewAt, mismatched) = (int.MaxValue, TimeSpan.MaxValue, 0);
        for (var i = 0; i < roster.Members.Length; i++)
        {
            var (instance, member) = (roster.View.Instances[i], roster.Members[i]);
            if (instance.Status.Tier() is null || tried?.Contains(member) == true)
            {
                continue;
            }

            var connections = selector.Matches(instance.Record)
                ? member.ConnectionsTo(key.EndpointName, key.Scheme, key.ConnectTimeout)
                : null;
            if (connections is null)
            {
                mismatched++;
                continue;
            }

            var setAsideUntil = member.Backoff.SetAsideUntil(now);
            reviewAt = setAsideUntil < reviewAt ? setAsideUntil.Value : reviewAt;
            var rank = Eligibility.Rank(instance.Status, setAsideUntil is not null) ?? int.MaxValue;
            if (rank < best)
            {
                best = rank;
                targets.Clear();
            }

            if (rank == best)
            {
                targets.Add(new Target(member, connections));
            }
        }

        return Bind(targets, policy, previous, reviewAt, mismatched);
    }

    // A view that brings nothing but news of load chooses among the same, and keeps the picker.
    private static Selection Bind(
        List<Target> targets, IBalancingPolicy policy, Selection previous, TimeSpan reviewAt, int mismatched)
    {
        if (previous.IsOf(targets))
        {
            return previous with { ReviewAt = reviewAt, Mismatched = mismatched };
        }

        var candidates = ImmutableArray.CreateBuilder<Candidate>(targets.Count);
        foreach (var target in targets)
        {
            candidates.Add(target.Member.Candidate);
        }

        var frozen = candidates.MoveToImmutable();
        return new Selection([.. targets], frozen, frozen.IsEmpty ? null : policy.CreatePicker(frozen), reviewAt, mismatched);
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
