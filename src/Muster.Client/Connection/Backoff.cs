namespace Muster.Client.Connection;

/// <summary>How long to wait before the next try: any time up to 1 s after the first failure, and up to 1.6 times as much after each
/// further one, 20 s at most.</summary>
/// <remarks>
/// The growth of gRPC's connection back-off, with a lower cap and with full jitter. All clients of a registry lose it in the same
/// instant; where each waits "about" as long as the others, they come back in that instant too, and a registry that has just started
/// is knocked over again. Uniform from zero, no tenth of the first second brings more than about a tenth of them, and the later tries
/// of those that came too early are spread wider still. A registry that returns after a long outage has all of them back within 20 s.
/// Not thread-safe.
/// </remarks>
internal sealed class Backoff(Random random)
{
    /// <summary>The longest wait after a first failure.</summary>
    public static readonly TimeSpan FirstDelayMax = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(20);

    /// <summary>What stays up for less than this has not worked: without it, a peer that accepts and hangs up would be tried
    /// twice a second for ever.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(1);

    private const double Factor = 1.6;

    private int _failures;

    /// <summary>The wait after one more failure.</summary>
    /// <param name="firstMax">The longest wait after a first failure, for who has less time than <see cref="FirstDelayMax"/>; null if
    /// there is no hurry.</param>
    public TimeSpan Next(TimeSpan? firstMax = null)
    {
        // 1.6^7 > 20; the bound keeps the exponent small after days of failures.
        _failures = Math.Min(_failures + 1, 10);
        var max = _failures == 1 && firstMax < FirstDelayMax
            ? firstMax.Value
            : TimeSpan.FromSeconds(Math.Min(DelayMax.TotalSeconds, FirstDelayMax.TotalSeconds * Math.Pow(Factor, _failures - 1)));
        return max * random.NextDouble();
    }

    /// <summary>It worked: the next failure is a first one.</summary>
    public void Reset() => _failures = 0;
}
