namespace Muster.Testing;

/// <summary>A timer of <see cref="ManualTimeProvider"/>, which guards its fields with its own lock.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
{
    private int _disposed;

    internal TimeSpan DueAt { get; set; }

    /// <summary>How long it was armed for, whatever of that is left.</summary>
    internal TimeSpan ArmedFor { get; set; }

    internal TimeSpan Period { get; set; }

    internal long Order { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period) => Volatile.Read(ref _disposed) == 0 && clock.Arm(this, dueTime, period);

    public void Dispose()
    {
        Volatile.Write(ref _disposed, 1);
        clock.Disarm(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire()
    {
        if (Volatile.Read(ref _disposed) == 0)
        {
            callback(state);
        }
    }
}
