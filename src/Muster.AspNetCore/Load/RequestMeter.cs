namespace Muster.AspNetCore.Load;

/// <summary>Counts requests: in flight, and ever.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="muster">Gives the clock.</param>
internal sealed class RequestMeter(Client.MusterClient muster)
{
    /// <summary>A caller that had not heard of the drain when it picked sends within one network round trip. 100 ms without a new
    /// request is far beyond that on a LAN; the registry's drain barrier will replace this guess by an acknowledgement.</summary>
    internal static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _timeProvider = muster.Options.TimeProvider;
    private int _inFlight;
    private long _started;

    /// <summary>Requests that have begun and not ended.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Requests that have begun, ever.</summary>
    public long Started => Volatile.Read(ref _started);

    public void Begin()
    {
        Interlocked.Increment(ref _started);
        Interlocked.Increment(ref _inFlight);
    }

    public void End() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Waits until nothing runs and nothing new has come for <see cref="QuietTime"/>.</summary>
    /// <returns>False if calls still ran when the timeout ended.</returns>
    public async Task<bool> WaitQuietAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = _timeProvider.GetTimestamp();
        while (true)
        {
            var seen = Started;
            await Task.Delay(QuietTime, _timeProvider, cancellationToken);
            if (InFlight == 0 && Started == seen)
            {
                return true;
            }

            if (_timeProvider.GetElapsedTime(start) >= timeout)
            {
                return false;
            }
        }
    }
}
