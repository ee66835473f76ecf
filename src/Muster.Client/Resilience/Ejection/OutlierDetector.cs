namespace Muster.Client.Resilience;

/// <summary>Finds the instances that do much worse than the others (gRFC A50, with a margin and a comparison of latencies).</summary>
/// <remarks>
/// Pure. Once per interval, over the counts of that interval:
/// <list type="number">
/// <item><description>success rate: below mean - <see cref="EjectionOptions.SuccessRateStdevFactor"/> / 1000 × standard deviation,
/// <see cref="EjectionOptions.SuccessRateMargin"/> points below the mean, and further below it than bad luck brings an instance that is no
/// worse than the others more than once in a million intervals;</description></item>
/// <item><description>failure percentage: above <see cref="EjectionOptions.FailurePercentage"/>;</description></item>
/// <item><description>latency: the mean more than <see cref="EjectionOptions.LatencyFactor"/> times the median of all
/// means.</description></item>
/// </list>
/// Each needs <see cref="EjectionOptions.OutlierHostsMin"/> instances with enough calls.
/// </remarks>
internal static class OutlierDetector
{
    // ln(1,000,000): how unlikely so many failures must be for an instance that fails like the others. A hundred calls at 1 % random
    // errors go beyond five points by chance once in 14,000 times: several times a day for a client of ten instances.
    private static readonly double s_surprise = Math.Log(1e6);

    /// <summary>The outliers, worst rule first, without regard to how many may be set aside.</summary>
    public static List<Outlier> Find(ReadOnlySpan<CallCounts> counts, EjectionOptions options)
    {
        var found = new List<Outlier>();
        AddFailing(counts, options, found);
        AddUnsuccessful(counts, options, found);
        AddSlow(counts, options, found);
        return found;
    }

    private static void AddFailing(ReadOnlySpan<CallCounts> counts, EjectionOptions options, List<Outlier> found)
    {
        if (options.FailurePercentage is not { } threshold
            || CountOf(counts, options.FailureVolumeMin) < options.OutlierHostsMin)
        {
            return;
        }

        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i].Total >= options.FailureVolumeMin && 100.0 * counts[i].Failures / counts[i].Total > threshold)
            {
                found.Add(new Outlier(i, BreakerReason.FailurePercentage));
            }
        }
    }

    private static void AddUnsuccessful(ReadOnlySpan<CallCounts> counts, EjectionOptions options, List<Outlier> found)
    {
        var hosts = CountOf(counts, options.SuccessRateVolumeMin);
        if (options.SuccessRateStdevFactor is not { } factor || hosts < options.OutlierHostsMin)
        {
            return;
        }

        double sum = 0, squares = 0;
        foreach (var count in counts)
        {
            if (count.Total >= options.SuccessRateVolumeMin)
            {
                sum += count.SuccessRate;
                squares += count.SuccessRate * count.SuccessRate;
            }
        }

        var mean = sum / hosts;
        var deviation = Math.Sqrt(Math.Max(0, (squares / hosts) - (mean * mean)));
        var bound = Math.Min(mean - (factor / 1000.0 * deviation), mean - (options.SuccessRateMargin / 100.0));
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i].Total >= options.SuccessRateVolumeMin && counts[i].SuccessRate < bound
                && (options.SuccessRateMargin == 0 || Surprise(counts[i], mean) > s_surprise))
            {
                AddOnce(found, i, BreakerReason.SuccessRate);
            }
        }
    }

    private static void AddSlow(ReadOnlySpan<CallCounts> counts, EjectionOptions options, List<Outlier> found)
    {
        if (options.LatencyFactor is not { } factor)
        {
            return;
        }

        var means = new List<double>();
        foreach (var count in counts)
        {
            if (HasLatency(count, options))
            {
                means.Add(count.MeanLatencyMilliseconds);
            }
        }

        if (means.Count < options.OutlierHostsMin)
        {
            return;
        }

        means.Sort();
        var bound = factor * means[(means.Count - 1) / 2];
        for (var i = 0; i < counts.Length; i++)
        {
            if (HasLatency(counts[i], options) && counts[i].MeanLatencyMilliseconds > bound)
            {
                AddOnce(found, i, BreakerReason.Latency);
            }
        }
    }

    /// <summary>How unlikely at least so many failures are for an instance whose calls succeed at the mean rate: the negative logarithm of
    /// Chernoff's bound for the binomial distribution, number of calls × Kullback-Leibler divergence of the two rates.</summary>
    private static double Surprise(CallCounts counts, double mean) =>
        counts.Total * (Divergence(counts.SuccessRate, mean) + Divergence(1 - counts.SuccessRate, 1 - mean));

    private static double Divergence(double seen, double expected) => seen <= 0 ? 0 : seen * Math.Log(seen / expected);

    private static bool HasLatency(CallCounts count, EjectionOptions options) =>
        count.Timed >= options.FailureVolumeMin && count.MeanLatencyMilliseconds > 0;

    private static int CountOf(ReadOnlySpan<CallCounts> counts, int volumeMin)
    {
        var hosts = 0;
        foreach (var count in counts)
        {
            hosts += count.Total >= volumeMin ? 1 : 0;
        }

        return hosts;
    }

    private static void AddOnce(List<Outlier> found, int index, BreakerReason reason)
    {
        if (!found.Exists(o => o.Index == index))
        {
            found.Add(new Outlier(index, reason));
        }
    }
}
