namespace Muster.Bench.LoadLab.Engine;

/// <summary>What a simulation counted, over the requests that were made after its warm-up.</summary>
internal sealed class RunFigures(int servers)
{
    /// <summary>Of requests that were answered.</summary>
    public LatencyHistogram Latencies { get; } = new();

    public long Requests { get; set; }

    public long Attempts { get; set; }

    /// <summary>Requests that ended with an error, whatever it was.</summary>
    public long Errors { get; set; }

    public long TimedOut { get; set; }

    /// <summary>Requests for which no instance was left.</summary>
    public long Unplaced { get; set; }

    /// <summary>How often a client set a server aside, over the whole run.</summary>
    public long Ejections { get; set; }

    public long Probes { get; set; }

    public long[] AttemptsByServer { get; } = new long[servers];

    /// <summary>Share of its cores' time that each server was busy.</summary>
    public double[] Utilization { get; } = new double[servers];

    /// <summary>Requests in flight of every server, sampled.</summary>
    public LatencyHistogram InFlight { get; } = new();

    public List<SeriesPoint> Series { get; } = [];

    public double MaxOverMeanUtilization => Utilization.Max() / Utilization.Average();

    /// <summary>How much fuller the fullest one in a hundred is than the mean.</summary>
    public double TailOverMeanInFlight => InFlight.PercentileTicks(0.99) / InFlight.MeanTicks;
}
