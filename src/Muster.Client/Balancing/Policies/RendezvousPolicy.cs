using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>What belongs together goes to the same candidate: the one with the highest hash of both.</summary>
/// <remarks>Rendezvous hashing (Thaler, Ravishankar 1998), weighted by -w / ln(u). It spreads more evenly than a ring and moves the least
/// when candidates change, for a look at every candidate per pick: for some hundred, not for thousands. One that has a quarter more
/// than its share of all calls in flight passes calls on (<see cref="BoundedLoad"/>). A call that belongs to nothing goes anywhere.</remarks>
internal sealed class RendezvousPolicy : IBalancingPolicy
{
    public string Name => PolicyNames.Rendezvous;

    // As with ring_hash.
    public SlowStartMode SlowStart => SlowStartMode.None;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(candidates, new BoundedLoad(candidates));

    private sealed class Picker(ImmutableArray<Candidate> candidates, BoundedLoad load) : IRankingPicker
    {
        public int Pick(in PickContext context) => PickNext(context, []);

        public int PickNext(in PickContext context, ReadOnlySpan<int> tried)
        {
            var key = context.Affinity ?? context.Random.Next();
            var total = load.Total(context.Random);
            var (first, best) = (-1, -1);
            var (highest, highestWithRoom) = (double.NegativeInfinity, double.NegativeInfinity);
            for (var i = 0; i < candidates.Length; i++)
            {
                if (tried.Contains(i))
                {
                    continue;
                }

                var score = Score(candidates[i], key);
                if (score > highest)
                {
                    (first, highest) = (i, score);
                }

                if (score > highestWithRoom && load.HasRoom(i, total))
                {
                    (best, highestWithRoom) = (i, score);
                }
            }

            return best < 0 ? first : best;
        }

        public string Explain(int index, in PickContext context)
        {
            var before = 0;
            if (context.Affinity is { } key)
            {
                var own = Score(candidates[index], key);
                before = candidates.Count(c => Score(c, key) > own);
            }

            return load.Explain(index, context, before);
        }

        // u is above 0 and below 1, so the logarithm is below 0 and finite.
        private static double Score(Candidate candidate, ulong key)
        {
            var u = ((PickRandom.Mix(key ^ candidate.Hash) >> 11) + 0.5) * (1.0 / (1UL << 53));
            return -candidate.Weight / Math.Log(u);
        }
    }
}
