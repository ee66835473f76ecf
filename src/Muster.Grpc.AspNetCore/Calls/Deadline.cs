using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>The time a client gives: parsed from <c>grpc-timeout</c>, and a token that also fires when the client
/// goes.</summary>
internal sealed class Deadline : IDisposable
{
    /// <summary>Longest wait that a timer takes (2^32 - 2 ms, 49.7 days); longer deadlines have none.</summary>
    private static readonly TimeSpan TimerMax = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _timeout;
    private readonly long _start;
    // Not disposed: the timer's callback may still be on its way to it, and it holds nothing that needs disposal.
#pragma warning disable CA2213
    private readonly CancellationTokenSource _source = new();
#pragma warning restore CA2213
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration _abortRegistration;
    private volatile bool _hasPassed;

    private Deadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken aborted)
    {
        _timeout = timeout;
        _timeProvider = timeProvider;
        _start = timeProvider.GetTimestamp();
        if (timeout <= TimerMax)
        {
            _timer = timeProvider.CreateTimer(
                static state => ((Deadline)state!).OnPassed(), this, timeout, Timeout.InfiniteTimeSpan);
        }

        _abortRegistration = aborted.UnsafeRegister(static state => ((Deadline)state!)._source.Cancel(), this);
    }

    /// <summary>Fires when the deadline passes or the client goes.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the deadline has passed.</summary>
    public bool HasPassed => _hasPassed;

    /// <summary>What is left of it; never negative.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            var left = _timeout - _timeProvider.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Starts the clock of a call.</summary>
    /// <param name="header">The value of <c>grpc-timeout</c>; null means no deadline.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="aborted">Fires when the client goes.</param>
    /// <returns>The deadline, or null if the client set none.</returns>
    /// <exception cref="RpcException">The value is malformed.</exception>
    public static Deadline? Start(string? header, TimeProvider timeProvider, CancellationToken aborted)
    {
        if (header is null)
        {
            return null;
        }

        if (!TimeoutCodec.TryParse(header, out var timeout))
        {
            throw new RpcException(
                StatusCode.Internal,
                $"Invalid {WireNames.Timeout} '{header}': it takes up to 8 digits and one of H M S m u n.");
        }

        return timeout > TimeSpan.Zero
            ? new Deadline(timeout, timeProvider, aborted)
            : throw new RpcException(StatusCode.DeadlineExceeded, "The deadline had passed when the call arrived.");
    }

    public void Dispose()
    {
        _abortRegistration.Unregister();
        _timer?.Dispose();
    }

    private void OnPassed()
    {
        _hasPassed = true;
        _source.Cancel();
    }
}
