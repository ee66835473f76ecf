namespace Muster.AspNetCore;

/// <summary>Counts the requests of this app: how many run, how many come and fail per second, how long they take.</summary>
/// <remarks>Thread-safe. Streams run as long as somebody listens, so they are counted apart: they neither wait nor make others wait as
/// requests do, and how long they took says nothing.</remarks>
internal sealed class RequestMeter(TimeProvider timeProvider, TimeSpan latencyWindow)
{
    private readonly LatencyByLoad _latency = new(latencyWindow);
    private readonly long _origin = timeProvider.GetTimestamp();
    private long _running;
    private long _streams;
    private long _started;
    private long _failed;
    private long _lastArrival = timeProvider.GetTimestamp();

    // Set by one that waits for the last request to end, read by whoever ends a request. Both look at the other's variable
    // after writing their own, so one of them sees that nothing runs.
    private TaskCompletionSource? _idle;
    private RequestRates _rates = new(timeProvider.GetTimestamp(), 0, 0, 0, 0);

    /// <summary>Requests that run now, without streams.</summary>
    // The two are read one after the other: a stream that ends between them must not make it negative.
    public long InFlight => Math.Max(0, Running - Streams);

    /// <summary>Streams that run now.</summary>
    public long Streams => Interlocked.Read(ref _streams);

    /// <summary>Both together: what a drain waits for.</summary>
    public long Running => Interlocked.Read(ref _running);

    /// <summary>Requests that have come, and those of them that failed.</summary>
    public (long Started, long Failed) Counts => (Interlocked.Read(ref _started), Interlocked.Read(ref _failed));

    /// <summary>A request arrives.</summary>
    public RequestStart Begin(bool isStream = false)
    {
        var now = timeProvider.GetTimestamp();
        Volatile.Write(ref _lastArrival, now);
        Interlocked.Increment(ref _started);
        var running = Interlocked.Increment(ref _running);
        var streams = isStream ? Interlocked.Increment(ref _streams) : Streams;
        return new RequestStart(now, Math.Max(1, running - streams), isStream);
    }

    /// <summary>A request that runs turns out to be a stream.</summary>
    public RequestStart BecomeStream(RequestStart start)
    {
        if (start.IsStream)
        {
            return start;
        }

        Interlocked.Increment(ref _streams);
        return start with { IsStream = true };
    }

    /// <summary>A request has ended.</summary>
    public void End(RequestStart start, RequestEnd end)
    {
        if (end == RequestEnd.Failed)
        {
            Interlocked.Increment(ref _failed);
        }

        if (start.IsStream)
        {
            Interlocked.Decrement(ref _streams);
        }
        else
        {
            AddLatency(start, end);
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            Volatile.Read(ref _idle)?.TrySetResult();
        }
    }

    /// <summary>How long requests take of late that come while so many run, in milliseconds; null if none came of late.</summary>
    public double? LatencyMillisecondsNear(long inFlight) => _latency.Near(inFlight, Now(timeProvider.GetTimestamp()));

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
            var (started, failed) = Counts;
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

    private void AddLatency(RequestStart start, RequestEnd end)
    {
        if (end is RequestEnd.Failed or RequestEnd.TurnedAway)
        {
            // Quick failures would make the app that fails the fastest of all.
            return;
        }

        var timestamp = timeProvider.GetTimestamp();
        var now = Now(timestamp);
        var milliseconds = timeProvider.GetElapsedTime(start.Timestamp, timestamp).TotalMilliseconds;

        // What was given up early says nothing; what was given up late says that requests take longer than they used to, and is
        // all that an app shows whose callers' deadlines are shorter than its answers.
        if (end == RequestEnd.Answered || _latency.Near(start.InFlight, now) is not { } usual || milliseconds > usual)
        {
            _latency.Add(start.InFlight, milliseconds, now);
        }
    }

    private TimeSpan Now(long timestamp) => timeProvider.GetElapsedTime(_origin, timestamp);

    private Task IdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _idle, idle);
        if (Running == 0)
        {
            idle.TrySetResult();
        }

        return idle.Task;
    }
}
