namespace Muster.Client.Balancing.Policies;

/// <summary>The weight of one instance by its load reports (gRFC A58).</summary>
/// <remarks>Written under a picker's lock; two pickers of one policy may both write, with the same figures.</remarks>
internal sealed class UtilizationWeight
{
    internal static readonly TimeSpan BlackoutPeriod = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan ExpirationPeriod = TimeSpan.FromMinutes(3);

    private const double ErrorPenalty = 1;

    // A58 takes each figure as it is. A rate and a utilisation over one second are noisy, and turns that follow noise are worse than
    // equal ones, so each new figure counts for a fifth.
    private const double Step = 0.2;

    private double _weight;
    private TimeSpan? _since;
    private TimeSpan _lastAt;

    /// <summary>Takes a report, if it is a new one and says enough.</summary>
    public void Take(ReportedLoad? load, TimeSpan now)
    {
        if (now - _lastAt >= ExpirationPeriod)
        {
            _since = null;
        }

        if (load is not { Report: { Rps: > 0 } report } || (load.At <= _lastAt && _since is not null)
            || (report.ApplicationUtilization is > 0 ? report.ApplicationUtilization : report.CpuUtilization) is not ({ } utilization and > 0)
            || now - load.At >= ExpirationPeriod)
        {
            return;
        }

        var weight = report.Rps / (utilization + (report.Eps / report.Rps * ErrorPenalty));
        _weight = _since is null ? weight : _weight + (Step * (weight - _weight));
        _since ??= now;
        _lastAt = load.At;
    }

    /// <summary>Whether its last report is too old.</summary>
    public bool IsStale(TimeSpan now) => _lastAt != default && now - _lastAt >= ExpirationPeriod;

    /// <summary>Whether it has not reported, or not for long enough.</summary>
    public bool IsNotYetUsable(TimeSpan now) => !IsStale(now) && At(now) is null;

    /// <summary>The weight; null while it cannot be used.</summary>
    public double? At(TimeSpan now) =>
        _since is { } since && now - since >= BlackoutPeriod && now - _lastAt < ExpirationPeriod ? _weight : null;
}
