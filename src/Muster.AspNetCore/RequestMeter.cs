namespace Muster.AspNetCore;

/// <summary>Counts the requests of this app: how many run, how many come and fail per second, how long they take.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RequestMeter(TimeProvider timeProvider)
{
    private readonly LatencyByLoad _latency = new();
    private long _inFlight;
    private long _started;
    private long _failed;
    private long _lastArrival = timeProvider.GetTimestamp();

    // Set by one that waits for the last request to end, read by whoever ends a request. Both look at the other's variable
    // after writing their own, so one of them sees that nothing runs.
    private TaskCompletionSource? _idle;
    private RequestRates _rates = new(timeProvider.GetTimestamp(), 0, 0, 0, 0);

    /// <summary>Requests that run now.</summary>
    public long InFlight => Interlocked.Read(ref _inFlight);

    /// <summary>A request arrives.</summary>
    public RequestStart Begin()
    {
        var now = timeProvider.GetTimestamp();
        Volatile.Write(ref _lastArrival, now);
        Interlocked.Increment(ref _started);
        return new RequestStart(now, Interlocked.Increment(ref _inFlight));
    }

    /// <summary>A request has ended.</summary>
    public void End(RequestStart start, bool hasFailed)
    {
        _latency.Add(start.InFlight, timeProvider.GetElapsedTime(start.Timestamp).TotalMilliseconds);
        if (hasFailed)
        {
            Interlocked.Increment(ref _failed);
        }

        if (Interlocked.Decrement(ref _inFlight) == 0)
        {
            Volatile.Read(ref _idle)?.TrySetResult();
        }
    }

    /// <summary>Latency near the current load, in milliseconds; null before the first request has ended.</summary>
    public double? LatencyMilliseconds => _latency.Near(InFlight);

    /// <summary>Requests and failures per second, over the last second that is over.</summary>
    public RequestRates Rates
    {
        get
        {
            var last = Volatile.Read(ref _rates);
            var now = timeProvider.GetTimestamp();
            var seconds = timeProvider.GetElapsedTime(last.Timestamp, now).TotalSeconds;
            if (seconds < 1)
            {
                return last;
            }

            // Several may come here at once; each writes nearly the same figures, and the last one stays.
            var started = Interlocked.Read(ref _started);
            var failed = Interlocked.Read(ref _failed);
            var next = new RequestRates(
                now, started, failed, (started - last.Started) / seconds, (failed - last.Failed) / seconds);
            Volatile.Write(ref _rates, next);
            return next;
        }
    }

    /// <summary>Completes when no request runs and none has come for a while.</summary>
    /// <param name="begun">A timestamp: the while is counted from then if no request comes.</param>
    /// <param name="quiet">That while.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task QuietAsync(long begun, TimeSpan quiet, CancellationToken cancellationToken)
    {
        while (true)
        {
            await IdleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            var since = Math.Max(begun, Volatile.Read(ref _lastArrival));
            var left = quiet - timeProvider.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            // A request that comes meanwhile moves the end of the wait, which the next round sees.
            await Task.Delay(left, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task IdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _idle, idle);
        if (InFlight == 0)
        {
            idle.TrySetResult();
        }

        return idle.Task;
    }
}
