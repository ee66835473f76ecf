namespace Muster.Testing;

/// <summary>A clock that stands still until a test moves it.</summary>
/// <remarks>Thread-safe, but let one thread drive it. Time moves in <see cref="Advance"/> alone, which fires the timers that fall
/// due in their order, each at its own time, on the calling thread. To be sure that the code under test has armed the timer
/// that a test is about to fire, wait for <see cref="TimerArmedAsync"/> first.</remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    // 40 MHz, so that a timestamp taken for TimeSpan ticks (10 MHz) or for nanoseconds shows; a multiple of the tick, so that
    // what a test advances by is what the code under test measures, to the tick.
    private const long TimestampsPerTick = 4;

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly List<(Func<ManualTimer, bool> Matches, TaskCompletionSource<TimeSpan> Armed)> _waiters = [];
    private readonly DateTimeOffset _wallStart;
    private TimeSpan _now;
    private TimeSpan _wallOffset;
    private long _order;

    /// <summary>Creates a clock.</summary>
    /// <param name="wallStart">The first wall time; null means 2031-05-06T07:08:09Z, which nobody takes for today.</param>
    public ManualTimeProvider(DateTimeOffset? wallStart = null) =>
        _wallStart = wallStart ?? new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond * TimestampsPerTick;

    /// <summary>How far the clock was advanced since its creation.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    /// <summary>The timers that are armed.</summary>
    public int ArmedTimersCount
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>The armed timers for a failure's message: what each was armed for, and what of that is left.</summary>
    public string DescribeTimers()
    {
        lock (_lock)
        {
            return string.Join(", ", _timers.OrderBy(t => t.DueAt).Select(t => $"{t.ArmedFor} ({t.DueAt - _now} left)"));
        }
    }

    // Not zero at the start: code that takes 0 for "never" must not pass by luck.
    /// <inheritdoc />
    public override long GetTimestamp() => (Elapsed.Ticks + TimeSpan.TicksPerHour) * TimestampsPerTick;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _wallStart + _now + _wallOffset;
        }
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the wall clock alone, forth or back. Timers and timestamps must not notice.</summary>
    public void StepWallClock(TimeSpan by)
    {
        lock (_lock)
        {
            _wallOffset += by;
        }
    }

    /// <summary>Moves time forth and fires what falls due.</summary>
    /// <param name="by">Zero or more.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = Elapsed + by;
        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Completes when a timer is armed whose remaining time is what the test waits for, at once if there is one.</summary>
    /// <param name="due">Given the time that is left until the timer fires.</param>
    /// <returns>The time that was left when it matched: advance by it to fire this timer and pass no time beyond it.</returns>
    public Task<TimeSpan> TimerArmedAsync(Func<TimeSpan, bool> due) => ArmedAsync(t => due(t.DueAt - _now));

    /// <summary>Completes when a timer is armed for a duration that the test waits for, at once if there is one, however little of it is
    /// left: for a test in which time passes for other reasons, too.</summary>
    /// <param name="armedFor">Given the duration that the timer was armed for.</param>
    /// <returns>The time that was left when it matched.</returns>
    public Task<TimeSpan> TimerArmedForAsync(Func<TimeSpan, bool> armedFor) => ArmedAsync(t => armedFor(t.ArmedFor));

    internal bool Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            timer.ArmedFor = dueTime;
            timer.DueAt = _now + dueTime;
            timer.Order = _order++;
            if (dueTime == TimeSpan.Zero)
            {
                // As the real one does: at once, but never inside the call that arms it.
                ThreadPool.UnsafeQueueUserWorkItem(static t => t.Fire(), timer, preferLocal: false);
                Rearm(timer);
                return true;
            }

            _timers.Add(timer);
            NotifyArmed(timer);
            return true;
        }
    }

    internal void Disarm(ManualTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private Task<TimeSpan> ArmedAsync(Func<ManualTimer, bool> matches)
    {
        lock (_lock)
        {
            if (_timers.Find(t => matches(t)) is { } found)
            {
                return Task.FromResult(found.DueAt - _now);
            }

            var armed = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((matches, armed));
            return armed.Task;
        }
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_lock)
        {
            var next = _timers.Where(t => t.DueAt <= target).OrderBy(t => t.DueAt).ThenBy(t => t.Order).FirstOrDefault();
            if (next is null)
            {
                _now = target;
                return null;
            }

            _now = next.DueAt;
            _timers.Remove(next);
            Rearm(next);
            return next;
        }
    }

    private void Rearm(ManualTimer timer)
    {
        if (timer.Period > TimeSpan.Zero)
        {
            timer.ArmedFor = timer.Period;
            timer.DueAt = _now + timer.Period;
            timer.Order = _order++;
            _timers.Add(timer);
            NotifyArmed(timer);
        }
    }

    private void NotifyArmed(ManualTimer timer)
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (_waiters[i].Matches(timer))
            {
                _waiters[i].Armed.SetResult(timer.DueAt - _now);
                _waiters.RemoveAt(i);
            }
        }
    }
}
