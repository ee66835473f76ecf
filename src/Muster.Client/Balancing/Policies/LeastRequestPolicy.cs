using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>Of two random candidates, the one with fewer calls in flight from here.</summary>
/// <remarks>The two are always different ones: with replacement, the busier of two instances would still get a quarter of the
/// calls. Two choices take most of the benefit of looking at all (Mitzenmacher 2001), at a cost that does not grow with the
/// number of candidates. Equal counts leave it at the first choice, which is random.</remarks>
internal sealed class LeastRequestPolicy : IBalancingPolicy
{
    public string Name => PolicyNames.LeastRequest;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) =>
        new Picker([.. candidates.Select(c => c.Statistics)]);

    private sealed class Picker(InstanceStatistics[] candidates) : IPicker
    {
        public int Pick(in PickContext context)
        {
            if (candidates.Length == 1)
            {
                return 0;
            }

            var (first, second) = TwoDistinct(context.Random.Next(), candidates.Length);
            return candidates[second].InFlight < candidates[first].InFlight ? second : first;
        }

        // Each half of the word is scaled to its range; the bias is below count / 2^32. The second choice skips the first.
        private static (int First, int Second) TwoDistinct(ulong bits, int count)
        {
            var first = (int)(((bits >> 32) * (ulong)count) >> 32);
            var second = (int)(((ulong)(uint)bits * (ulong)(count - 1)) >> 32);
            return (first, second >= first ? second + 1 : second);
        }
    }
}
