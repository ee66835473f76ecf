using Muster.Client.Balancing;

namespace Muster.Client.Picking;

/// <summary>Which instances a client of a large fleet would keep to.</summary>
/// <remarks>
/// Pure. A client that knows which of how many it is takes a window of the ring on which the instances lie by the hash of their ids: the one
/// at place p of m begins at floor(p × n / m) of n. So each instance is in as many windows as any other, give or take one, and an instance that
/// comes or goes shifts each window by one at most. Neighbours by number are far from each other on the ring, for they tend to be alike (the
/// first ten run on the larger machines): places are in the order of the fractions of i × golden ratio, of which any few in a row are
/// spread evenly (Knuth, The Art of Computer Programming 3, 6.4). One that does not know takes those of the highest rank in an order of its own
/// (rendezvous, gRFC A68): as stable, but by chance some instances have more clients than others.
/// </remarks>
internal sealed class SubsetOrder
{
    private readonly ulong _client;
    private readonly int _place;
    private readonly int? _count;

    private SubsetOrder(ulong client, int place, int? count) => (_client, _place, _count) = (client, place, count);

    /// <summary>Of a client that does not know which of how many it is.</summary>
    /// <param name="client">A number of its own.</param>
    public static SubsetOrder Rendezvous(ulong client) => new(client, 0, null);

    /// <summary>Of one of so many clients.</summary>
    public static SubsetOrder Ring(int index, int count) => new(0, PlaceOf(index, count), count);

    /// <summary>Takes so many, of more.</summary>
    public HashSet<string> Take(IReadOnlyList<Candidate> instances, int size)
    {
        var places = new (ulong Place, string Id)[instances.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var hash = instances[i].Hash;
            places[i] = (_count is null ? PickRandom.Mix(hash ^ _client) : hash, instances[i].Id);
        }

        Array.Sort(places, static (a, b) => a.Place != b.Place ? a.Place.CompareTo(b.Place) : string.CompareOrdinal(a.Id, b.Id));
        var start = _count is { } count ? (int)((long)_place * places.Length / count) : 0;
        var taken = new HashSet<string>(size, StringComparer.Ordinal);
        for (var i = 0; i < size; i++)
        {
            taken.Add(places[(start + i) % places.Length].Id);
        }

        return taken;
    }

    private static int PlaceOf(int index, int count)
    {
        var (mine, place) = (Fraction(index), 0);
        for (var other = 0; other < count; other++)
        {
            place += Fraction(other) < mine ? 1 : 0;
        }

        return place;

        // In units of 2^-64.
        static ulong Fraction(int number) => unchecked((ulong)number * 0x9E37_79B9_7F4A_7C15);
    }
}
