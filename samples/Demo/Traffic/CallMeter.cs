namespace Muster.Samples.Demo.Traffic;

/// <summary>What became of the calls of one service, or of the attempts at one instance.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class CallMeter
{
    private long _failed;

    /// <summary>How long those that succeeded took.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>How many succeeded.</summary>
    public long Succeeded => Latency.Count;

    /// <summary>How many failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>All that ended.</summary>
    public long Calls => Succeeded + Failed;

    /// <summary>Counts a success.</summary>
    public void Succeed(TimeSpan duration) => Latency.Add(duration);

    /// <summary>Counts a failure.</summary>
    public void Fail() => Interlocked.Increment(ref _failed);
}
