using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>One candidate for all calls, until it is one no longer: gone, or set aside. A call that fails there goes on at the next.</summary>
/// <remarks>Each process has its own order (gRFC A62 calls it shuffling), so many of them do not all take the same. The order is by the
/// hash of the id, so a candidate that comes or goes changes nothing for the others. It does not go back to a former choice that is
/// well again: each change costs a connection.</remarks>
internal sealed class PickFirstPolicy(ulong seed) : IBalancingPolicy
{
    private string? _current;

    public string Name => PolicyNames.PickFirst;

    // All its calls go to one instance: turning nine of ten down would make it another policy.
    public SlowStartMode SlowStart => SlowStartMode.None;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates)
    {
        var index = IndexOf(candidates, _current);
        if (index < 0)
        {
            index = Preferred(candidates, []);
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

    // -1 if all are tried.
    private int Preferred(ImmutableArray<Candidate> candidates, ReadOnlySpan<int> tried)
    {
        var (best, lowest) = (-1, ulong.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var rank = Rank(candidates[i]);
            if ((best < 0 || rank < lowest) && !tried.Contains(i))
            {
                (best, lowest) = (i, rank);
            }
        }

        return best;
    }

    private sealed class Picker(PickFirstPolicy policy, ImmutableArray<Candidate> candidates, int chosen) : IRankingPicker
    {
        public int Pick(in PickContext context) => chosen;

        public int PickNext(in PickContext context, ReadOnlySpan<int> tried) =>
            tried.Contains(chosen) ? policy.Preferred(candidates, tried) : chosen;

        public string Explain(int index, in PickContext context)
        {
            var rank = policy.Rank(candidates[index]);
            var place = candidates.Count(c => policy.Rank(c) < rank) + 1;
            return $"the same for all calls until it is set aside or leaves, number {place} in this process's order; nothing is measured";
        }
    }
}
