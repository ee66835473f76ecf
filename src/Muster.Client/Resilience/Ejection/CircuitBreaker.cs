using Muster.Client.Balancing;
using Muster.Core.Model;

namespace Muster.Client.Resilience;

/// <summary>Sets one instance aside for a while after it failed, and finds out by one call whether it is well again.</summary>
/// <remarks>
/// Pure but for its own state: time and randomness are given. Thread-safe. <see cref="BreakerState"/> has the table of its states.
/// What opens it decides for how long:
/// <list type="table">
/// <item><term>no connection</term><description>1 s × 1.6 per further failure, at most 120 s, ± 20 %: gRPC's connection
/// back-off.</description></item>
/// <item><term>failures in a row</term><description><see cref="EjectionOptions.OpenMin"/> × 2 per failed trial, at most
/// <see cref="EjectionOptions.OpenMax"/>, ± 50 %.</description></item>
/// <item><term>an outlier</term><description>what outlier detection says, ± 20 %.</description></item>
/// </list>
/// </remarks>
internal sealed class CircuitBreaker(EjectionOptions options)
{
    private const double ConnectMultiplier = 1.6;
    private const double ConnectJitter = 0.2;
    private const double FailureJitter = 0.5;
    private const double OutlierJitter = 0.2;

    // A trial that has not ended by then, a stream perhaps, is followed by another.
    private static readonly TimeSpan TrialMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(120);

    // Guards all that is below it and not volatile: each transition reads and writes it together. The flag and the count
    // are read without it, by every pick and every end of a call.
    private readonly Lock _lock = new();
    private TimeSpan _connectNext = ConnectMin;
    private TimeSpan _failureNext = options.OpenMin;
    private BreakerReason _reason;
    private bool _onTrial;
    private TimeSpan _until;

    // When the first trial since it opened began; never, before one has. Calls that began earlier say nothing of now.
    private TimeSpan _triedAt = TimeSpan.MaxValue;
    private volatile bool _isOpen;
    private int _failuresInRow;

    /// <summary>Whether it is anything but closed. One volatile read.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>How it stands.</summary>
    public BreakerState State
    {
        get
        {
            lock (_lock)
            {
                return !_isOpen ? BreakerState.Closed : _onTrial ? BreakerState.HalfOpen : BreakerState.Open;
            }
        }
    }

    /// <summary>How it stands, why, and how long until it lets a trial through; null if it is not open.</summary>
    public (BreakerState State, BreakerReason Reason, TimeSpan? TrialIn) Read(TimeSpan now)
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                return (BreakerState.Closed, BreakerReason.None, null);
            }

            return _onTrial
                ? (BreakerState.HalfOpen, _reason, null)
                : (BreakerState.Open, _reason, _until > now ? _until - now : TimeSpan.Zero);
        }
    }

    /// <summary>Why it is open, and until when no call may try it; null if calls may.</summary>
    public (BreakerReason Reason, TimeSpan Until)? SetAside(TimeSpan now)
    {
        if (!_isOpen)
        {
            return null;
        }

        lock (_lock)
        {
            return _isOpen && now < _until ? (_reason, _until) : null;
        }
    }

    /// <summary>Why it is open, whether or not its time is over; <see cref="BreakerReason.None"/> if it is closed.</summary>
    public BreakerReason Reason
    {
        get
        {
            lock (_lock)
            {
                return _isOpen ? _reason : BreakerReason.None;
            }
        }
    }

    /// <summary>A connection could not be made.</summary>
    /// <remarks>All calls that waited for one connection fail together, and a call that had nothing better may try an instance
    /// that is set aside: none of these makes it longer.</remarks>
    /// <returns>Whether this set it aside.</returns>
    public bool OnConnectFailed(TimeSpan now, PickRandom random)
    {
        lock (_lock)
        {
            if (IsWaitingLocked(now))
            {
                return false;
            }

            OpenLocked(BreakerReason.ConnectFailed, now + Jittered(_connectNext, ConnectJitter, random));
            _connectNext = Shorter(_connectNext * ConnectMultiplier, ConnectMax);
            return true;
        }
    }

    /// <summary>It answered: connections can be made again, which is all that was held against it if none could.</summary>
    /// <returns>Whether that closed it.</returns>
    public bool OnAnswered()
    {
        if (!_isOpen)
        {
            return false;
        }

        lock (_lock)
        {
            if (!_isOpen || _reason != BreakerReason.ConnectFailed)
            {
                return false;
            }

            CloseLocked();
            return true;
        }
    }

    /// <summary>An attempt ended at it, over a connection that was made.</summary>
    /// <remarks>Once it is open only a trial's end counts, and not that of a call which was on its way before: a success from then says less
    /// than the failures since, and a failure nothing that is new. A trial is known by its beginning, which costs a call nothing to carry; so
    /// a call that began after it, as they do where nearly all are set aside, counts as one.</remarks>
    /// <param name="result">How it ended.</param>
    /// <param name="startedAt">When it was picked for the instance, or later.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">Spreads the time that it stays open.</param>
    public BreakerChange OnEnded(AttemptResult result, TimeSpan startedAt, TimeSpan now, PickRandom random)
    {
        if (result == AttemptResult.Success)
        {
            if (_failuresInRow != 0)
            {
                Volatile.Write(ref _failuresInRow, 0);
            }

            return _isOpen && OnTrialSucceeded(startedAt) ? BreakerChange.Closed : BreakerChange.None;
        }

        if (result == AttemptResult.Cancelled)
        {
            // A trial that its caller gave up has shown nothing: the next call is one.
            return _isOpen && OnTrialAbandoned(startedAt, now) ? BreakerChange.TrialAbandoned : BreakerChange.None;
        }

        // With an overload it answered, so it lives; but a trial that is told to go away is not a success.
        return (result == AttemptResult.Failure ? OnFailure(startedAt, now, random) : _isOpen && OnTrialFailed(startedAt, now, random))
            ? BreakerChange.Opened
            : BreakerChange.None;
    }

    /// <summary>Outlier detection found it.</summary>
    /// <returns>Whether this set it aside: it may be already.</returns>
    public bool Eject(BreakerReason reason, TimeSpan now, TimeSpan time, PickRandom random)
    {
        lock (_lock)
        {
            if (_isOpen)
            {
                return false;
            }

            OpenLocked(reason, now + Jittered(time, OutlierJitter, random));
            return true;
        }
    }

    /// <summary>Claims the trial of an instance whose time has passed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="connectTimeout">How long it may take to find out whether a connection can be made.</param>
    /// <returns>Whether the caller is the one who tries.</returns>
    public bool TryBeginTrial(TimeSpan now, TimeSpan connectTimeout)
    {
        lock (_lock)
        {
            if (!_isOpen || now < _until)
            {
                return false;
            }

            _onTrial = true;
            _triedAt = now < _triedAt ? now : _triedAt;
            _until = now + (_reason == BreakerReason.ConnectFailed ? connectTimeout : TrialMax);
            return true;
        }
    }

    private bool OnFailure(TimeSpan startedAt, TimeSpan now, PickRandom random)
    {
        var inRow = Interlocked.Increment(ref _failuresInRow);
        if (_isOpen)
        {
            return OnTrialFailed(startedAt, now, random);
        }

        if (!(inRow >= options.ConsecutiveFailures))
        {
            return false;
        }

        lock (_lock)
        {
            return !_isOpen && OpenForFailuresLocked(now, random);
        }
    }

    private bool OnTrialFailed(TimeSpan startedAt, TimeSpan now, PickRandom random)
    {
        lock (_lock)
        {
            return IsTrialLocked(startedAt) && OpenForFailuresLocked(now, random);
        }
    }

    private bool OnTrialAbandoned(TimeSpan startedAt, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_onTrial || !IsTrialLocked(startedAt))
            {
                return false;
            }

            _onTrial = false;
            _until = now;
            return true;
        }
    }

    private bool OpenForFailuresLocked(TimeSpan now, PickRandom random)
    {
        OpenLocked(BreakerReason.ConsecutiveFailures, now + Jittered(_failureNext, FailureJitter, random));
        _failureNext = Shorter(_failureNext * 2, options.OpenMax);
        return true;
    }

    private void OpenLocked(BreakerReason reason, TimeSpan until)
    {
        _isOpen = true;
        _onTrial = false;
        _triedAt = TimeSpan.MaxValue;
        _reason = reason;
        _until = until;
    }

    private bool OnTrialSucceeded(TimeSpan startedAt)
    {
        lock (_lock)
        {
            if (!IsTrialLocked(startedAt))
            {
                return false;
            }

            CloseLocked();
            return true;
        }
    }

    private void CloseLocked()
    {
        _isOpen = false;
        _onTrial = false;
        _reason = BreakerReason.None;
        _connectNext = ConnectMin;
        _failureNext = options.OpenMin;
    }

    private bool IsTrialLocked(TimeSpan startedAt) => _isOpen && startedAt >= _triedAt;

    private bool IsWaitingLocked(TimeSpan now) => _isOpen && !_onTrial && now < _until;

    private static TimeSpan Jittered(TimeSpan time, double jitter, PickRandom random) =>
        time * (1 - jitter + (2 * jitter * random.NextDouble()));

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
