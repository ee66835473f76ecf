namespace Muster.Bench.LoadLab.Engine;

/// <summary>The time of a simulation: whatever its loop says it is.</summary>
/// <remarks>Counts ticks of 100 ns, as <see cref="TimeSpan"/> does, so that nothing is converted on the way. It starts at one
/// hour: a time of zero means "never" in too many places.</remarks>
internal sealed class VirtualClock : TimeProvider
{
    public static readonly long StartTicks = TimeSpan.FromHours(1).Ticks;

    private readonly PriorityQueue<Timer, (long At, long Order)> _timers = new();
    private long _order;

    /// <summary>Now. Written by the loop alone.</summary>
    public long NowTicks { get; set; } = StartTicks;

    /// <summary>When a timer is due next, or was before it was stopped; <see cref="long.MaxValue"/> if none is.</summary>
    public long NextTimerAt { get; private set; } = long.MaxValue;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override long GetTimestamp() => NowTicks;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(NowTicks);

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Comes to the next timer.</summary>
    public void Fire()
    {
        _timers.TryDequeue(out var timer, out var due);
        ReadNext();
        timer!.Fire(due.At);
    }

    private void Add(Timer timer, long at)
    {
        _timers.Enqueue(timer, (at, _order++));
        ReadNext();
    }

    private void ReadNext() => NextTimerAt = _timers.TryPeek(out _, out var due) ? due.At : long.MaxValue;

    // Set by the simulation's thread. Disposed by any, but never while the simulation goes on.
    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private const long Never = long.MaxValue;

        private long _dueTicks = Never;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period > TimeSpan.Zero)
            {
                throw new NotSupportedException("Nothing that a simulation drives happens again and again by itself: it would never end.");
            }

            // What is in the queue for another time is passed over there.
            _dueTicks = dueTime < TimeSpan.Zero ? Never : clock.NowTicks + dueTime.Ticks;
            if (_dueTicks != Never)
            {
                clock.Add(this, _dueTicks);
            }

            return true;
        }

        public void Fire(long at)
        {
            if (_dueTicks == at)
            {
                _dueTicks = Never;
                callback(state);
            }
        }

        public void Dispose() => _dueTicks = Never;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
