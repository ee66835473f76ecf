namespace Muster.Simulation;

/// <summary>The world's time, as a process sees it.</summary>
internal sealed class SimClock(World world, SimProcess process) : TimeProvider
{
    private static readonly DateTimeOffset s_epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => world.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => s_epoch + world.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires once, as all timers of the product that run in the simulation do.</summary>
    private sealed class Timer(SimClock clock, Action fire) : ITimer
    {
        private readonly World _world = clock.World;
        private readonly SimProcess _process = clock.Process;
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan)
            {
                throw new NotSupportedException("Periodic timers do not run in the simulation.");
            }

            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _world.At(_process, _world.Now + dueTime, this, () =>
                {
                    if (version == _version)
                    {
                        fire();
                    }
                });
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private World World => world;

    private SimProcess Process => process;
}
