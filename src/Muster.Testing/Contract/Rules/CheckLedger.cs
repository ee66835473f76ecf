using Muster.Core;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>One active check of a history: what its probes come to, and by when things must have happened.</summary>
/// <param name="key">The instance.</param>
/// <param name="host">Where it is.</param>
/// <param name="check">Its check.</param>
/// <param name="endpoint">What is probed.</param>
/// <param name="since">When it was registered so.</param>
internal sealed class CheckLedger(InstanceKey key, string host, ActiveCheck check, Endpoint? endpoint, TimeSpan since)
{
    // From the start of one probe to the end of the next: an interval with its jitter, a timeout, and what a busy machine takes.
    private readonly TimeSpan _probeMax = (check.Interval * 1.1) + check.Timeout + Limits.ExpiryLagMax;

    private TimeSpan _since = since;
    private int _inRow;
    private bool _isSuccess;
    private TimeSpan _lastAt;
    private TimeSpan _failingFor;
    private bool _isOverdue;

    public InstanceKey Key => key;

    /// <summary>What its probes come to.</summary>
    public Health Health { get; private set; }

    /// <summary>Whether it had failed for as long as the check allows, at some moment since it was registered so.</summary>
    public bool WasOverdue { get; private set; }

    /// <summary>Until then a probe must have ended.</summary>
    public TimeSpan ProbeDueAt { get; private set; } = Later(since, check);

    /// <summary>Until then it must have left; null if it need not.</summary>
    public TimeSpan? LeaveDueAt { get; private set; }

    /// <summary>Whether this is the check of such a record: otherwise what was seen so far says nothing of it.</summary>
    public bool IsOf(string otherHost, ActiveCheck otherCheck, Endpoint? otherEndpoint) =>
        host == otherHost && check == otherCheck && endpoint == otherEndpoint;

    /// <summary>The record was changed, without what is probed: a removal that was on its way may have lost.</summary>
    public void OnPut(TimeSpan at) => OnDisturbed(at);

    /// <summary>Results do not outlive the process.</summary>
    public void OnRegistryStarted(TimeSpan at)
    {
        (_since, Health, _inRow, _failingFor, _isOverdue) = (at, Health.Unknown, 0, default, false);
        ProbeDueAt = Later(at, check);
        LeaveDueAt = null;
    }

    /// <summary>For a time nothing could be done; what was to be is done with the next probe.</summary>
    public void OnDisturbed(TimeSpan at)
    {
        ProbeDueAt = ProbeDueAt > at + _probeMax ? ProbeDueAt : at + _probeMax;
        LeaveDueAt = _isOverdue ? at + _probeMax + Limits.ExpiryLagMax : null;
    }

    public void OnProbed(HistoryEvent.Probed probed)
    {
        if (probed.Began < _since || probed.Host != host || probed.Check != check)
        {
            // Of what was registered before.
            return;
        }

        ProbeDueAt = probed.At + _probeMax;
        if (!probed.IsSuccess && probed.At - probed.Began >= check.Timeout + Limits.StallMin)
        {
            // Not the instance's: this took longer than any probe may.
            return;
        }

        if (probed.IsSuccess)
        {
            _failingFor = TimeSpan.Zero;
        }
        else if (_inRow > 0 && !_isSuccess)
        {
            // Only what was watched counts.
            var gap = probed.At - _lastAt;
            _failingFor += gap < 2 * check.Interval ? gap : 2 * check.Interval;
        }

        _inRow = _inRow > 0 && _isSuccess == probed.IsSuccess ? _inRow + 1 : 1;
        (_isSuccess, _lastAt) = (probed.IsSuccess, probed.At);
        Health = (Health, _isSuccess) switch
        {
            (Health.Unknown, true) => Health.Healthy,
            (Health.Unknown, false) => Health.Unhealthy,
            (Health.Healthy, false) when _inRow >= check.Fall => Health.Unhealthy,
            (Health.Unhealthy, true) when _inRow >= check.Rise => Health.Healthy,
            var (health, _) => health,
        };
        var wasOverdue = _isOverdue;
        _isOverdue = Health == Health.Unhealthy && _failingFor >= check.RemoveAfter;
        WasOverdue |= _isOverdue;
        LeaveDueAt = !_isOverdue ? null : wasOverdue ? LeaveDueAt : probed.At + Limits.ExpiryLagMax;
    }

    // The first probe: spread over the interval, ten seconds at most.
    private static TimeSpan Later(TimeSpan at, ActiveCheck check) =>
        at + (check.Interval < Limits.CheckSpreadMax ? check.Interval : Limits.CheckSpreadMax) + check.Timeout + Limits.ExpiryLagMax;
}
