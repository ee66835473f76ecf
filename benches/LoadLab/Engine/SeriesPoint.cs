namespace Muster.Bench.LoadLab.Engine;

/// <summary>What happened in one step of the time series, by when the request was made.</summary>
internal sealed class SeriesPoint
{
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Of those that the watched server answered.</summary>
    public LatencyHistogram OfWatched { get; } = new();

    public long Attempts { get; set; }

    /// <summary>Attempts that went to the watched server.</summary>
    public long ToWatched { get; set; }

    public long Errors { get; set; }
}
