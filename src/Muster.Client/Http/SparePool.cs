namespace Muster.Client.Http;

/// <summary>A few objects that are kept to be used again.</summary>
/// <remarks>Thread-safe without locks. A thread looks for one where it left its last, so that threads seldom meet.</remarks>
internal sealed class SparePool<T>
    where T : class
{
    /// <summary>Objects that are kept. As many ends of calls come at once on few processors; more are left to the collector.</summary>
    public const int Length = 64;

    // Places that are looked at before it is given up: a new object is cheaper than a long search.
    private const int Tries = 4;

    private readonly T?[] _places = new T?[Length];

    /// <summary>Takes one that nobody else has from then on; null if there is none near.</summary>
    public T? TryTake()
    {
        for (var i = 0; i < Tries; i++)
        {
            ref var place = ref PlaceOf(i);
            if (Volatile.Read(ref place) is not null && Interlocked.Exchange(ref place, null) is { } spare)
            {
                return spare;
            }
        }

        return null;
    }

    /// <summary>Keeps one, which its owner must not touch any more.</summary>
    /// <returns>False if there is no room.</returns>
    public bool TryPut(T spare)
    {
        for (var i = 0; i < Tries; i++)
        {
            ref var place = ref PlaceOf(i);
            if (Volatile.Read(ref place) is null && Interlocked.CompareExchange(ref place, spare, null) is null)
            {
                return true;
            }
        }

        return false;
    }

    private ref T? PlaceOf(int attempt) => ref _places[((Environment.CurrentManagedThreadId * Tries) + attempt) % Length];
}
