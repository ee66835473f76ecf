namespace Muster.Bench.LoadLab.Engine;

/// <summary>The time of a simulation: whatever its loop says it is.</summary>
/// <remarks>Counts ticks of 100 ns, as <see cref="TimeSpan"/> does, so that nothing is converted on the way. It starts at one
/// hour: a time of zero means "never" in too many places.</remarks>
internal sealed class VirtualClock : TimeProvider
{
    public static readonly long StartTicks = TimeSpan.FromHours(1).Ticks;

    /// <summary>Now. Written by the loop alone.</summary>
    public long NowTicks { get; set; } = StartTicks;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override long GetTimestamp() => NowTicks;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(NowTicks);

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("Nothing that a simulation drives waits by itself.");
}
