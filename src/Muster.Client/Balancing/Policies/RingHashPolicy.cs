using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>What belongs together goes to the same candidate: the next one on a ring of hashes.</summary>
/// <remarks>gRFC A42: each candidate has points on the ring in proportion to its weight, 1,024 to 4,096 in all (one each, where there are
/// more candidates than that); XXH64. A candidate that comes or goes moves only the calls next to its points. One that has a quarter
/// more than its share of all calls in flight passes calls on to the next (<see cref="BoundedLoad"/>), or a popular key would sink it.
/// A call that belongs to nothing goes to a random point.</remarks>
internal sealed class RingHashPolicy : IBalancingPolicy
{
    internal const int PointsMin = 1024;
    internal const int PointsMax = 4096;

    public string Name => PolicyNames.RingHash;

    // Turning down a newcomer's calls would send what belongs to it elsewhere, and then back.
    public bool HonoursSlowStart => true;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(BuildRing(candidates), new BoundedLoad(candidates));

    private static Ring BuildRing(ImmutableArray<Candidate> candidates)
    {
        double total = candidates.Sum(c => (long)c.Weight);
        var lightest = candidates.Min(c => c.Weight) / total;
        // The lightest candidate gets a whole number of points, and the ring at least so many.
        var size = Math.Min(Math.Ceiling(lightest * PointsMin) / lightest, Math.Max(PointsMax, candidates.Length));
        var points = new List<(ulong Hash, int Index)>((int)size + candidates.Length);
        for (var i = 0; i < candidates.Length; i++)
        {
            var own = Math.Max(1, (int)Math.Round(candidates[i].Weight / total * size));
            for (var point = 0; point < own; point++)
            {
                points.Add((PickRandom.Mix(candidates[i].Hash + (ulong)point), i));
            }
        }

        points.Sort();
        return new Ring([.. points.Select(p => p.Hash)], [.. points.Select(p => p.Index)]);
    }

    private sealed record Ring(ulong[] Hashes, int[] Indices);

    private sealed class Picker(Ring ring, BoundedLoad load) : IRankingPicker
    {
        public int Pick(in PickContext context) => PickNext(context, []);

        public int PickNext(in PickContext context, ReadOnlySpan<int> tried)
        {
            var found = Array.BinarySearch(ring.Hashes, PickRandom.Mix(context.Affinity ?? context.Random.Next()));
            var start = (found >= 0 ? found : ~found) % ring.Hashes.Length;
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
    }
}
