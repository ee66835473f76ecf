namespace Muster.Client.Balancing.Policies;

/// <summary>Numbers one after the other, from a random start: clients that start together would otherwise march together.</summary>
/// <remarks>Thread-safe. It lives in a policy rather than in its pickers, or every change of the candidates would send the next calls to
/// the first of them again. One counter for all threads: with one for each, calls of one caller would not take turns, which is
/// what is asked for.</remarks>
internal sealed class Sequence(PickRandom random)
{
    // Written by every pick of every thread: 63 bits never wrap, so no candidate is skipped when they would.
    private ulong _value = random.Next() >> 1;

    /// <summary>The number that was given out last.</summary>
    public ulong Last => Volatile.Read(ref _value);

    public ulong Next() => Interlocked.Increment(ref _value);

    /// <summary>Gives out all numbers up to one at once.</summary>
    /// <param name="last">The last one before, as the caller knows it.</param>
    /// <param name="next">The last one from now on.</param>
    /// <returns>False if somebody was faster: nothing is given out.</returns>
    public bool TryAdvance(ulong last, ulong next) => Interlocked.CompareExchange(ref _value, next, last) == last;
}
