namespace Muster.Client.Connection;

/// <summary>How long to wait before the next try: at once after the first failure, then 1 s × 1.6 each time up to 20 s.</summary>
/// <remarks>The figures of gRPC's connection back-off, with a lower cap: a registry that returns after a long outage has all
/// its providers back within 24 s. Not thread-safe.</remarks>
internal sealed class Backoff(Random random)
{
    /// <summary>Spreads the clients of one registry that lost it in the same instant.</summary>
    public static readonly TimeSpan FirstJitterMax = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait: the cap of 20 s and its jitter.</summary>
    public static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(CapSeconds * (1 + Jitter));

    /// <summary>What stays up for less than this has not worked: without it, a peer that accepts and hangs up would be tried
    /// some twenty times a second.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(1);

    private const double CapSeconds = 20;
    private const double Factor = 1.6;
    private const double Jitter = 0.2;

    private int _failures;

    /// <summary>The wait after one more failure.</summary>
    public TimeSpan Next()
    {
        if (_failures++ == 0)
        {
            return FirstJitterMax * random.NextDouble();
        }

        // 1.6^7 > 20; the bound keeps the exponent small after days of failures.
        _failures = Math.Min(_failures, 10);
        var seconds = Math.Min(CapSeconds, Math.Pow(Factor, _failures - 2));
        return TimeSpan.FromSeconds(seconds * (1 - Jitter + (2 * Jitter * random.NextDouble())));
    }

    /// <summary>It worked: the next failure is a first one.</summary>
    public void Reset() => _failures = 0;
}
