namespace Muster.Client.Discovery;

/// <summary>How a source of call statistics says that there is something new about one service.</summary>
/// <remarks>Thread-safe. Made for every call: while news is not yet taken, more of it costs one volatile read.</remarks>
internal sealed class CallNews(Action<bool> tell)
{
    private const int Nothing = 0;
    private const int Calls = 1;
    private const int Breaker = 2;

    // Written by calls and by the watch's writer. A caller changes its counters first and then looks here; the writer sets this back
    // first and then reads the counters. So one of the two sees the other: no change stays untold.
    private int _told;

    /// <summary>A call has ended. Its counters must have changed before.</summary>
    public void OnCall()
    {
        if (Volatile.Read(ref _told) == Nothing && Interlocked.CompareExchange(ref _told, Calls, Nothing) == Nothing)
        {
            tell(false);
        }
    }

    /// <summary>A breaker has another state now: that goes up at once.</summary>
    public void OnBreaker()
    {
        if (Interlocked.Exchange(ref _told, Breaker) != Breaker)
        {
            tell(true);
        }
    }

    /// <summary>What is new is about to be read.</summary>
    public void Take() => Interlocked.Exchange(ref _told, Nothing);
}
