namespace Muster.Client.Balancing.Policies;

/// <summary>The weight of one instance by its load reports (gRFC A58).</summary>
/// <remarks>Written under a picker's lock; two pickers of one policy may both write, with the same figures.</remarks>
internal sealed class UtilizationWeight
{
    internal static readonly TimeSpan BlackoutPeriod = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan ExpirationPeriod = TimeSpan.FromMinutes(3);

    private const double ErrorPenalty = 1;

    // A58 takes each report as it is. Figures over a second or less are noisy, and turns that follow noise are worse than equal ones, so
    // each new one counts for a fifth. They are averaged before they are divided: a rate and a utilisation of two different moments, as
    // when traffic comes back after a pause, make a quotient that is off by any factor.
    private const double Step = 0.2;

    private double _rate;
    private double _errors;
    private double _utilization;
    private TimeSpan? _since;
    private TimeSpan _lastAt;

    /// <summary>When the newest report that counts was made; null before the first.</summary>
    public TimeSpan? LastAt => _lastAt == default ? null : _lastAt;

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

        var step = _since is null ? 1 : Step;
        _rate += step * (report.Rps - _rate);
        _errors += step * (report.Eps - _errors);
        _utilization += step * (utilization - _utilization);
        _since ??= load.At;
        _lastAt = load.At;
    }

    /// <summary>Whether its last report is too old.</summary>
    public bool IsStale(TimeSpan now) => _lastAt != default && now - _lastAt >= ExpirationPeriod;

    /// <summary>Whether it has not reported, or not for long enough.</summary>
    public bool IsNotYetUsable(TimeSpan now) => !IsStale(now) && At(now) is null;

    /// <summary>The weight; null while it cannot be used.</summary>
    public double? At(TimeSpan now) =>
        _since is { } since && now - since >= BlackoutPeriod && now - _lastAt < ExpirationPeriod
            ? _rate / (_utilization + (_errors / _rate * ErrorPenalty))
            : null;
}
