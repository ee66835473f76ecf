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
    public bool HonoursSlowStart => true;

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

    // -1 if all are tried.
    private int Preferred(ImmutableArray<Candidate> candidates, ReadOnlySpan<int> tried)
    {
        var (best, lowest) = (-1, ulong.MaxValue);
        for (var i = 0; i < candidates.Length; i++)
        {
            var rank = PickRandom.Mix(candidates[i].Hash ^ seed);
            if ((best < 0 || rank < lowest) && !tried.Contains(i))
            {
                (best, lowest) = (i, rank);
            }
        }

        return best;
    }

    private sealed class Picker(PickFirstPolicy policy, ImmutableArray<Candidate> candidates, int index) : IRankingPicker
    {
        public int Pick(in PickContext context) => index;

        public int PickNext(in PickContext context, ReadOnlySpan<int> tried) =>
            tried.Contains(index) ? policy.Preferred(candidates, tried) : index;
    }
}
