using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>One candidate for all calls, until it is one no longer or a call to it went on to another; then that.</summary>
/// <remarks>A call that is tried again has a picker of its own, for the candidates that are left; what that chose is the choice of all
/// other pickers from then on. Each process has its own order (gRFC A62 calls it shuffling), so many of them do not all take the same.
/// The order is by the hash of the id, so a candidate that comes or goes changes nothing for the others. It does not go back to a
/// former choice that is well again: each change costs a connection.</remarks>
internal sealed class PickFirstPolicy(ulong seed) : IBalancingPolicy
{
    // Written when pickers are made, by any thread; whichever of two that come at once is kept, it is a candidate.
    private volatile string? _current;

    public string Name => PolicyNames.PickFirst;

    // All its calls go to one instance: turning nine of ten down would make it another policy.
    public SlowStartMode SlowStart => SlowStartMode.None;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates)
    {
        var index = IndexOf(candidates, _current);
        if (index < 0)
        {
            index = Preferred(candidates);
            _current = candidates[index].Id;
        }

        return new Picker(this, candidates, index);
    }

    private static int IndexOf(ImmutableArray<Candidate> candidates, string? id)
    {
        for (var i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    private ulong Rank(Candidate candidate) => PickRandom.Mix(candidate.Hash ^ seed);

    private int Preferred(ImmutableArray<Candidate> candidates)
    {
        var (best, lowest) = (0, ulong.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var rank = Rank(candidates[i]);
            (best, lowest) = rank < lowest ? (i, rank) : (best, lowest);
        }

        return best;
    }

    private sealed class Picker(PickFirstPolicy policy, ImmutableArray<Candidate> candidates, int chosen) : IPicker
    {
        // Written by whichever pick comes first after a change of the choice; all that come find the same.
        private volatile int _index = chosen;

        public int Pick(in PickContext context)
        {
            var (index, current) = (_index, policy._current);
            if (candidates[index].Id == current || IndexOf(candidates, current) is not (>= 0 and var found))
            {
                return index;
            }

            _index = found;
            return found;
        }

        public string Explain(int index, in PickContext context)
        {
            var rank = policy.Rank(candidates[index]);
            var place = candidates.Count(c => policy.Rank(c) < rank) + 1;
            return $"the same for all calls until it fails or leaves, number {place} in this process's order; nothing is measured";
        }
    }
}
