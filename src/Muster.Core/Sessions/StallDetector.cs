namespace Muster.Core.Sessions;

/// <summary>Knows when this process is the one that stood still: stopped, starved of threads, or on a machine that was
/// suspended.</summary>
/// <remarks>A step. The owner calls <see cref="Tick"/> at least every <see cref="Limits.StallCheckInterval"/>; a call that comes
/// later than <see cref="Limits.StallMin"/> after the one before proves that nothing ran in between, the reading of renewals
/// included. Then silence is no evidence against anyone.</remarks>
public sealed class StallDetector
{
    private TimeSpan? _tickedAt;

    /// <summary>When the owner has to call next.</summary>
    public TimeSpan NextTick(TimeSpan now) => (_tickedAt ?? now) + Limits.StallCheckInterval;

    /// <summary>Says that this process runs.</summary>
    /// <returns>How long it stood still before; null if it did not.</returns>
    public TimeSpan? Tick(TimeSpan now)
    {
        var gap = now - (_tickedAt ?? now);
        _tickedAt = now;
        return gap >= Limits.StallMin ? gap : null;
    }
}
