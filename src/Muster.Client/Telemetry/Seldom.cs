namespace Muster.Client.Telemetry;

/// <summary>Lets something happen at most once in a while, such as a warning that thousands of calls would repeat.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="interval">The least time between two.</param>
internal sealed class Seldom(TimeSpan interval)
{
    private long _dueTicks = long.MinValue;

    /// <summary>Whether it may happen now; who is told so lets it happen.</summary>
    public bool IsDue(TimeSpan now)
    {
        var due = Volatile.Read(ref _dueTicks);
        return now.Ticks >= due && Interlocked.CompareExchange(ref _dueTicks, (now + interval).Ticks, due) == due;
    }
}
