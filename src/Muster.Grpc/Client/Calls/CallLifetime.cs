namespace Muster.Grpc.Calls;

/// <summary>Why a call is cut short on this side: its deadline, or its caller. The first of them wins.</summary>
internal sealed class CallLifetime : IDisposable
{
    /// <summary>Longest wait that a <see cref="TimeProvider"/> timer takes (2^32 - 2 ms, 49.7 days). A longer deadline
    /// is sent to the server, but has no timer here: no call lives that long.</summary>
    private static readonly TimeSpan TimerMax = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private static readonly CallLifetime Unbounded = new(null, null!, canCancel: false, CancellationToken.None);

    // Written by whichever of the timer, the caller's token and Cancel comes first; read when the call fails.
    private int _reason;

    // Null when only the caller can cut the call short: its own token then serves, and the transport, given a token
    // that cannot fire, saves its registrations too. Not disposed: it owns no timer and no wait handle, and the timer's
    // callback may still be on its way to it.
#pragma warning disable CA2213
    private readonly CancellationTokenSource? _source;
#pragma warning restore CA2213
    private readonly CancellationToken _caller;
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration _callerRegistration;

    /// <summary>Starts the clock.</summary>
    /// <param name="timeout">The deadline, from now; null means none.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="canCancel">Whether <see cref="Cancel"/> will be used.</param>
    /// <param name="caller">The caller's token.</param>
    public CallLifetime(TimeSpan? timeout, TimeProvider timeProvider, bool canCancel, CancellationToken caller)
    {
        _caller = caller;
        if (timeout is null && !canCancel)
        {
            return;
        }

        _source = new CancellationTokenSource();
        if (timeout is { } limit && limit <= TimerMax)
        {
            _timer = timeProvider.CreateTimer(
                static state => ((CallLifetime)state!).End(EndReason.Deadline), this, limit, Timeout.InfiniteTimeSpan);
        }

        _callerRegistration = caller.UnsafeRegister(static state => ((CallLifetime)state!).End(EndReason.Caller), this);
    }

    /// <summary>The lifetime of a call that is only cut short by its deadline or its caller, not by
    /// <see cref="Cancel"/>.</summary>
    /// <returns>The shared lifetime without state if there is neither: most calls pay nothing for it.</returns>
    public static CallLifetime ForUnary(TimeSpan? timeout, TimeProvider timeProvider, CancellationToken caller) =>
        timeout is null && !caller.CanBeCanceled
            ? Unbounded
            : new CallLifetime(timeout, timeProvider, canCancel: false, caller);

    private enum EndReason
    {
        None,
        Deadline,
        Caller,
    }

    /// <summary>Fires when the call is to end.</summary>
    public CancellationToken Token => _source?.Token ?? _caller;

    /// <summary>How the call ended if it was cut short here, or null.</summary>
    public Status? CutShort => (EndReason)Volatile.Read(ref _reason) switch
    {
        EndReason.Deadline => DeadlineStatus,
        EndReason.Caller => CancelledStatus,
        _ => _source is null && _caller.IsCancellationRequested ? CancelledStatus : null,
    };

    /// <summary>The status of a call whose deadline has passed.</summary>
    public static Status DeadlineStatus => new(StatusCode.DeadlineExceeded, "The deadline of the call has passed.");

    private static Status CancelledStatus => new(StatusCode.Cancelled, "The call was cancelled by its caller.");

    /// <summary>Cancels the call on its caller's behalf.</summary>
    public void Cancel() => End(EndReason.Caller);

    public void Dispose()
    {
        // Of the shared one, both are empty.
        // Unregister, not Dispose: the latter would wait for a callback that may be ending this very call.
        _callerRegistration.Unregister();
        _timer?.Dispose();
    }

    private void End(EndReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)EndReason.None) == (int)EndReason.None)
        {
            _source!.Cancel();
        }
    }
}
