using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>One candidate for all calls, until it is one no longer or a call to it failed; then the next.</summary>
/// <remarks>Each process has its own order (gRFC A62 calls it shuffling), so many of them do not all take the same. The order is by the
/// hash of the id, so a candidate that comes or goes changes nothing for the others. It does not go back to a former choice that is
/// well again: each change costs a connection.</remarks>
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

        return new Picker(index, candidates, seed);
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

    private static ulong Rank(Candidate candidate, ulong seed) => PickRandom.Mix(candidate.Hash ^ seed);

    private int Preferred(ImmutableArray<Candidate> candidates)
    {
        var (best, lowest) = (0, ulong.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var rank = Rank(candidates[i], seed);
            (best, lowest) = rank < lowest ? (i, rank) : (best, lowest);
        }

        return best;
    }

    private sealed class Picker(int index, ImmutableArray<Candidate> candidates, ulong seed) : IPicker
    {
        public int Pick(in PickContext context) => index;

        public string Explain(int picked, in PickContext context)
        {
            var rank = Rank(candidates[picked], seed);
            var place = candidates.Count(c => Rank(c, seed) < rank) + 1;
            return $"the same for all calls until it fails or leaves, number {place} in this process's order; nothing is measured";
        }
    }
}
