using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Scenarios;

/// <summary>A simulation's time series, read by time.</summary>
internal sealed class Series(IReadOnlyList<SeriesPoint> points, TimeSpan step)
{
    /// <summary>Latencies of requests that were made in a stretch.</summary>
    public LatencyHistogram Latencies(TimeSpan from, TimeSpan to) => Sum(from, to, p => p.Latencies);

    /// <summary>Of those, what the watched server answered.</summary>
    public LatencyHistogram OfWatched(TimeSpan from, TimeSpan to) => Sum(from, to, p => p.OfWatched);

    /// <summary>A percentile of the latencies of a stretch, beside the one of what came before it.</summary>
    /// <param name="share">Which: 0.99 is the 99th.</param>
    /// <param name="before">How much of what came before.</param>
    /// <param name="from">Where the stretch begins.</param>
    /// <param name="to">And ends.</param>
    public double Growth(double share, TimeSpan before, TimeSpan from, TimeSpan to) =>
        Latencies(from, to).PercentileTicks(share) / Latencies(from - before, from).PercentileTicks(share);

    public double ShareOfWatched(TimeSpan from, TimeSpan to) =>
        (double)Between(from, to).Sum(p => p.ToWatched) / Between(from, to).Sum(p => p.Attempts);

    public long Errors(TimeSpan from, TimeSpan to) => Between(from, to).Sum(p => p.Errors);

    public long Attempts(TimeSpan from, TimeSpan to) => Between(from, to).Sum(p => p.Attempts);

    /// <summary>A curve from 15 s before a moment on, in seconds from then.</summary>
    public IEnumerable<(double X, double Y)> Points(TimeSpan zero, Func<SeriesPoint, double> valueOf)
    {
        for (var i = 0; i < points.Count; i++)
        {
            var x = ((i * step) - zero + (step / 2)).TotalSeconds;
            if (x >= -15 && points[i].Attempts > 0)
            {
                yield return (x, valueOf(points[i]));
            }
        }
    }

    private LatencyHistogram Sum(TimeSpan from, TimeSpan to, Func<SeriesPoint, LatencyHistogram> of)
    {
        var sum = new LatencyHistogram();
        foreach (var point in Between(from, to))
        {
            sum.Add(of(point));
        }

        return sum;
    }

    private IEnumerable<SeriesPoint> Between(TimeSpan from, TimeSpan to) =>
        points.Skip((int)Math.Round(from / step)).Take((int)Math.Round((to - from) / step));
}
