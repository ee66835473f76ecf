using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Whom this process keeps to in a large fleet, so that not everybody is connected to everybody.</summary>
/// <remarks>
/// A view in which so many instances came or went replaces at most so many of the subset, and never one that stays without need. What
/// <see cref="SubsetOrder"/> wants changes by one at most with nearly every change; where it would be two (a window across the end of
/// the ring), the second waits for the next.
/// <para>Thread-safe for reading; written under the fleet's lock.</para>
/// </remarks>
internal sealed class Subset(int size, SubsetOrder order)
{
    private HashSet<string> _listed = new(StringComparer.Ordinal);
    private volatile HashSet<string>? _chosen;

    /// <summary>The ids; null is everybody.</summary>
    public IReadOnlySet<string>? Chosen => _chosen;

    /// <summary>Takes a view. Whoever may be called at all counts: who is set aside, or has timed out, may be back in a second.</summary>
    public void Apply(Roster roster, BalancerKey key)
    {
        var callable = new List<Candidate>(roster.Members.Length);
        for (var i = 0; i < roster.Members.Length; i++)
        {
            var (instance, candidate) = (roster.View.Instances[i], roster.Members[i].Candidate);
            if (Eligibility.Rank(instance.Status) is not null && key.Matches(instance.Record))
            {
                callable.Add(candidate);
            }
        }

        Apply(callable);
    }

    /// <summary>Takes those that may be called.</summary>
    public void Apply(IReadOnlyList<Candidate> callable)
    {
        var listed = callable.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        if (listed.SetEquals(_listed))
        {
            return;
        }

        var changes = listed.Count(id => !_listed.Contains(id)) + _listed.Count(id => !listed.Contains(id));
        _chosen = listed.Count <= size ? null : Choose(callable, listed, changes);
        _listed = listed;
    }

    private HashSet<string> Choose(IReadOnlyList<Candidate> callable, HashSet<string> listed, int changes)
    {
        var wanted = order.Take(callable, size);
        if (_chosen is not { } before)
        {
            return [.. wanted];
        }

        var chosen = before.Where(listed.Contains).ToHashSet(StringComparer.Ordinal);
        var unwanted = new Queue<string>(chosen.Where(id => !wanted.Contains(id)));
        var replaced = 0;
        foreach (var id in wanted)
        {
            if (chosen.Contains(id))
            {
                continue;
            }

            // First the places of those that left; then one for one, as far as what changed allows.
            if (chosen.Count == size)
            {
                if (replaced >= changes)
                {
                    break;
                }

                chosen.Remove(unwanted.Dequeue());
            }

            chosen.Add(id);
            replaced++;
        }

        return chosen;
    }
}
