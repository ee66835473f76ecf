namespace Muster.Registry;

/// <summary>The time since this clock was made. Steps of the wall clock do not show.</summary>
/// <param name="timeProvider">Where time comes from.</param>
internal sealed class MonotonicClock(TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();

    public TimeSpan Now => timeProvider.GetElapsedTime(_start);

    /// <summary>The wall clock, for display only.</summary>
    public DateTimeOffset Wall => timeProvider.GetUtcNow();
}
