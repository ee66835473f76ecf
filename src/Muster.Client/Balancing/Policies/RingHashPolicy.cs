using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>What belongs together goes to the same candidate: the next one on a ring of hashes.</summary>
/// <remarks>gRFC A42: each candidate has points on the ring in proportion to its weight, some 4,096 in all, and one at least; XXH64. A candidate
/// that comes or goes moves the calls next to its points, and about as many again, because those that stay share the same number of points
/// (<see cref="PolicyNames.Rendezvous"/> moves nothing else). The number is not made for the lightest, as in A42: one canary would decide
/// how many points everybody has, and move half of all calls by coming. One that has a quarter
/// more than its share of all calls in flight passes calls on to the next (<see cref="BoundedLoad"/>), or a popular key would sink it.
/// A call that belongs to nothing goes to a random point.</remarks>
internal sealed class RingHashPolicy : IBalancingPolicy
{
    internal const int Points = 4096;

    public string Name => PolicyNames.RingHash;

    // Turning down a newcomer's calls would send what belongs to it elsewhere, and then back.
    public SlowStartMode SlowStart => SlowStartMode.None;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(BuildRing(candidates), new BoundedLoad(candidates));

    private static Ring BuildRing(ImmutableArray<Candidate> candidates)
    {
        double total = candidates.Sum(c => (long)c.Weight);
        var (hashes, indices) = (new List<ulong>(Points + candidates.Length), new List<int>(Points + candidates.Length));
        for (var i = 0; i < candidates.Length; i++)
        {
            var own = Math.Max(1, (int)Math.Round(candidates[i].Weight / total * Points));
            for (var point = 0; point < own; point++)
            {
                hashes.Add(PickRandom.Mix(candidates[i].Hash + (ulong)point));
                indices.Add(i);
            }
        }

        var ring = new Ring([.. hashes], [.. indices]);
        Array.Sort(ring.Hashes, ring.Indices);
        return ring;
    }

    private sealed record Ring(ulong[] Hashes, int[] Indices);

    private sealed class Picker(Ring ring, BoundedLoad load) : IRankingPicker
    {
        public int Pick(in PickContext context) => PickNext(context, []);

        public int PickNext(in PickContext context, ReadOnlySpan<int> tried)
        {
            var start = PointOf(context.Affinity ?? context.Random.Next());
            var total = load.Total(context.Random);
            var first = -1;
            for (var step = 0; step < ring.Indices.Length; step++)
            {
                var index = ring.Indices[(start + step) % ring.Indices.Length];
                if (tried.Contains(index))
                {
                    continue;
                }

                if (load.HasRoom(index, total))
                {
                    return index;
                }

                first = first < 0 ? index : first;
            }

            // Only where counts move while they are read, the shares adding up to more than all calls; or where the tried have all the room.
            return first;
        }

        public string Explain(int index, in PickContext context)
        {
            var passed = new HashSet<int>();
            if (context.Affinity is { } key)
            {
                for (var point = PointOf(key); ring.Indices[point] != index; point = (point + 1) % ring.Indices.Length)
                {
                    passed.Add(ring.Indices[point]);
                }
            }

            return load.Explain(index, context, passed.Count);
        }

        private int PointOf(ulong key)
        {
            var found = Array.BinarySearch(ring.Hashes, PickRandom.Mix(key));
            return (found >= 0 ? found : ~found) % ring.Hashes.Length;
        }
    }
}
