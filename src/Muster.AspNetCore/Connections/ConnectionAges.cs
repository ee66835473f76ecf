namespace Muster.AspNetCore.Connections;

/// <summary>Draws how old each connection may become.</summary>
/// <remarks>Thread-safe. Within the first age of the app every connection gets a fully random one, later ones the configured age within a
/// tenth. All callers connect to an app that has just started within a moment, and a tenth of ten minutes would keep most of them
/// together for ever (grpc-java #5366).</remarks>
internal sealed class ConnectionAges(MusterConnectionAgingOptions options, TimeProvider timeProvider, int seed)
{
    // gRPC's own, gRFC A9: plus or minus a tenth.
    internal const double Jitter = 0.1;

    private readonly long _started = timeProvider.GetTimestamp();

    // Guards the random source, which is not thread-safe. Once for each connection, so nobody waits.
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    /// <summary>How long a connection may still run what runs on it, once it is to go; null: as long as that takes.</summary>
    public TimeSpan? Grace => options.Grace;

    /// <summary>The age of a connection that has just come.</summary>
    public TimeSpan Next()
    {
        double chance;
        lock (_lock)
        {
            chance = _random.NextDouble();
        }

        return options.MaxAge * (timeProvider.GetElapsedTime(_started) < options.MaxAge ? chance : 1 - Jitter + (2 * Jitter * chance));
    }
}
