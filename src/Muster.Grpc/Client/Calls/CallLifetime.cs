namespace Muster.Grpc.Calls;

/// <summary>Why a call is cut short on this side: its deadline, or its caller. The first of them wins.</summary>
internal sealed class CallLifetime : IDisposable
{
    /// <summary>Longest wait that a <see cref="TimeProvider"/> timer takes (2^32 - 2 ms, 49.7 days). A longer deadline is
    /// sent to the server, but has no timer here: no call lives that long.</summary>
    private static readonly TimeSpan TimerMax = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    // Written by whichever of the timer, the caller's token and Cancel comes first; read when the call fails.
    private int _reason;

    // Not disposed: it owns no timer and no wait handle, and the timer's callback may still be on its way to Cancel.
#pragma warning disable CA2213
    private readonly CancellationTokenSource _source = new();
#pragma warning restore CA2213
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration _callerRegistration;

    public CallLifetime(TimeSpan? timeout, TimeProvider timeProvider, CancellationToken caller)
    {
        if (timeout is { } limit && limit <= TimerMax)
        {
            _timer = timeProvider.CreateTimer(
                static state => ((CallLifetime)state!).End(EndReason.Deadline), this, limit, Timeout.InfiniteTimeSpan);
        }

        _callerRegistration = caller.UnsafeRegister(static state => ((CallLifetime)state!).End(EndReason.Caller), this);
    }

    private enum EndReason
    {
        None,
        Deadline,
        Caller,
    }

    /// <summary>Fires when the call is to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>How the call ended if it was cut short here, or null.</summary>
    public Status? CutShort => (EndReason)Volatile.Read(ref _reason) switch
    {
        EndReason.Deadline => DeadlineStatus,
        EndReason.Caller => new Status(StatusCode.Cancelled, "The call was cancelled by its caller."),
        _ => null,
    };

    /// <summary>The status of a call whose deadline has passed.</summary>
    public static Status DeadlineStatus => new(StatusCode.DeadlineExceeded, "The deadline of the call has passed.");

    /// <summary>Cancels the call on its caller's behalf.</summary>
    public void Cancel() => End(EndReason.Caller);

    public void Dispose()
    {
        // Unregister, not Dispose: the latter would wait for a callback that may be ending this very call.
        _callerRegistration.Unregister();
        _timer?.Dispose();
    }

    private void End(EndReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)EndReason.None) == (int)EndReason.None)
        {
            _source.Cancel();
        }
    }
}
