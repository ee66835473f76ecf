using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>What the candidates' load reports say together: how much each has from others, and how fast it is beside the rest.</summary>
/// <remarks>Thread-safe. Looked at anew every 50 ms by whichever pick comes first; the others go on with the figures before, each of
/// which is right by itself.</remarks>
internal sealed class FleetLoad
{
    private static readonly TimeSpan RefreshPeriod = TimeSpan.FromMilliseconds(50);

    /// <summary>A report's count of requests is worth 1/e after this part of the time that a request takes: what has been sent by others
    /// since is as much as what has ended, and many callers that act on the same old figure are a herd.</summary>
    private const double CountTauLatencies = 0.25;

    /// <summary>The same where nobody says how long a request takes.</summary>
    private static readonly TimeSpan CountTauDefault = TimeSpan.FromMilliseconds(10);

    /// <summary>How fast an instance is changes less; but a figure that many callers have from the same source says the same to all of
    /// them, whatever has become of it.</summary>
    private const double LatencyTauTicks = 2 * TimeSpan.TicksPerSecond;

    /// <summary>Up to this ratio to the median a latency is like all others.</summary>
    private const double AlikeMax = 1.33;

    /// <summary>So are latencies that differ by less, in milliseconds. Nobody notices, and an instance that has little to do is often slower
    /// by that much: its caches are cold. Calls would go where they went before, and leave the others colder still.</summary>
    private const double AlikeMilliseconds = 1;

    // One step of the moving average that a reported latency goes through: of about twenty looks each.
    private const double LatencyStep = 0.05;

    // An instance that is ten times slower is avoided well enough at three, and still hears often enough when it is well again.
    private const double SlownessMax = 3;

    private readonly InstanceStatistics[] _statistics;
    private readonly double[] _requestSizes;
    private readonly double[] _latencies;
    private readonly double[] _slowness;
    private readonly double[] _sorted;
    private readonly Lock _refreshing = new();
    private long _refreshAtTicks = long.MinValue;
    private double _meanOthers;
    private double _countTauTicks = CountTauDefault.Ticks;
    private volatile bool _isReported;
    private volatile bool _isDoubted;

    public FleetLoad(ImmutableArray<Candidate> candidates)
    {
        _statistics = [.. candidates.Select(c => c.Statistics)];
        var mean = candidates.Average(c => c.Weight);
        _requestSizes = [.. candidates.Select(c => mean / c.Weight)];
        IsWeighted = _requestSizes.Any(s => s != _requestSizes[0]);
        _latencies = new double[_statistics.Length];
        _slowness = new double[_statistics.Length];
        _sorted = new double[_statistics.Length];
        Array.Fill(_latencies, double.NaN);
        Array.Fill(_slowness, 1);
    }

    /// <summary>Whether any candidate reports its requests in flight, and is believed.</summary>
    public bool IsReported => _isReported;

    public double Slowness(int index) => Volatile.Read(ref _slowness[index]);

    /// <summary>Whether the candidates have different weights.</summary>
    public bool IsWeighted { get; }

    /// <summary>What one request is at a candidate, beside one of mean weight: less at one of a large weight.</summary>
    public double RequestSize(int index) => _requestSizes[index];

    /// <summary>Requests that a candidate has from others, as far as can be told now, in requests at one of mean weight.</summary>
    /// <param name="statistics">The candidate's.</param>
    /// <param name="requestSize">Its <see cref="RequestSize"/>.</param>
    /// <param name="now">The time.</param>
    public double Others(InstanceStatistics statistics, double requestSize, TimeSpan now)
    {
        var mean = Volatile.Read(ref _meanOthers);
        return !_isDoubted && statistics.Load is { OthersInFlight: { } others } load
            ? mean + (((others * requestSize) - mean) * Decay.Of((now.Ticks - load.At.Ticks) / Volatile.Read(ref _countTauTicks)))
            : mean;
    }

    public void Refresh(TimeSpan now)
    {
        if (now.Ticks < Volatile.Read(ref _refreshAtTicks) || !_refreshing.TryEnter())
        {
            return;
        }

        try
        {
            Volatile.Write(ref _refreshAtTicks, (now + RefreshPeriod).Ticks);
            _isDoubted = !_statistics[0].AreReportsBelievedAt(now);
            if (_isDoubted)
            {
                Forget();
                return;
            }

            RefreshMean(now);
            RefreshSlowness(now);
        }
        finally
        {
            _refreshing.Exit();
        }
    }

    // As if nobody reported.
    private void Forget()
    {
        _isReported = false;
        Volatile.Write(ref _meanOthers, 0);
        Array.Fill(_latencies, double.NaN);
        Array.Fill(_slowness, 1);
    }

    private void RefreshMean(TimeSpan now)
    {
        var (sum, weights) = (0.0, 0.0);
        for (var i = 0; i < _statistics.Length; i++)
        {
            if (_statistics[i].Load is { OthersInFlight: { } others } load)
            {
                // Old figures count little beside new ones, and fully where all are old.
                var weight = 1e-6 + Decay.Of((now.Ticks - load.At.Ticks) / _countTauTicks);
                sum += weight * others * _requestSizes[i];
                weights += weight;
            }
        }

        _isReported = weights > 0;
        Volatile.Write(ref _meanOthers, weights > 0 ? sum / weights : 0);
    }

    private void RefreshSlowness(TimeSpan now)
    {
        var known = 0;
        for (var i = 0; i < _statistics.Length; i++)
        {
            if (_statistics[i].Load is { LatencyMilliseconds: { } latency })
            {
                _latencies[i] = double.IsNaN(_latencies[i]) ? latency : _latencies[i] + (LatencyStep * (latency - _latencies[i]));
                _sorted[known++] = _latencies[i];
            }
        }

        if (known < 2)
        {
            // There is nobody to be slower than.
            Array.Fill(_slowness, 1);
            return;
        }

        var sorted = _sorted.AsSpan(0, known);
        sorted.Sort();
        var median = (sorted[known / 2] + sorted[(known - 1) / 2]) / 2;
        Volatile.Write(ref _countTauTicks, CountTauLatencies * median * TimeSpan.TicksPerMillisecond);
        for (var i = 0; i < _statistics.Length; i++)
        {
            Volatile.Write(ref _slowness[i], SlownessOf(i, median, now));
        }
    }

    private double SlownessOf(int index, double median, TimeSpan now)
    {
        if (_statistics[index].Load is not { LatencyMilliseconds: not null } load || Math.Abs(_latencies[index] - median) < AlikeMilliseconds)
        {
            return 1;
        }

        // First the age, then whether it is like the others: most picks compare equals, so that even a thousandth that all callers
        // share would send every one of them the same way.
        var ratio = Math.Clamp(_latencies[index] / median, 1 / SlownessMax, SlownessMax);
        var aged = 1 + ((ratio - 1) * Decay.Of((now.Ticks - load.At.Ticks) / LatencyTauTicks));
        return aged is > 1 / AlikeMax and < AlikeMax ? 1 : aged;
    }
}
