using System.Diagnostics;
using System.Diagnostics.Metrics;
using Muster.Client.Balancing.Policies;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Telemetry;

/// <summary>What is told of one service: counts what happens, and is asked how it stands.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class FleetTelemetry
{
    private static readonly TimeSpan SignalAgeMax = TimeSpan.FromSeconds(10);

    private readonly Fleet _fleet;
    private readonly ClientMetrics _metrics;
    private readonly KeyValuePair<string, object?> _target;
    private readonly KeyValuePair<string, object?> _service;
    private readonly KeyValuePair<string, object?> _namespace;
    private long _transparentRetries;

    // Balancers that use instances which are set aside.
    private int _inPanic;

    // Counted whether anybody listens or not: whoever begins to is told how many there are.
    private long _openConnections;

    public FleetTelemetry(Fleet fleet, ClientMetrics metrics)
    {
        _fleet = fleet;
        _metrics = metrics;
        _target = new(InstrumentNames.TargetTag, $"{fleet.Service}");
        _service = new(InstrumentNames.ServiceTag, fleet.Service.Name);
        _namespace = new(InstrumentNames.NamespaceTag, fleet.Service.Namespace);
        metrics.Add(this);
    }

    /// <summary>A circuit opened or closed.</summary>
    public void OnBreakerChanged(BreakerState state, BreakerReason reason) => _metrics.BreakerTransitions.Add(
        1, [_service, _namespace, new(InstrumentNames.StateTag, state.ToString()), new(InstrumentNames.ReasonTag, reason.ToString())]);

    /// <summary>Outlier detection looked.</summary>
    /// <param name="found">Whom it found, and whether they were set aside.</param>
    public void OnSwept(IEnumerable<FoundOutlier> found)
    {
        foreach (var outlier in found)
        {
            var method = new KeyValuePair<string, object?>(InstrumentNames.DetectionTag, MethodOf(outlier.Reason));
            if (outlier.IsEnforced)
            {
                _metrics.EjectionsEnforced.Add(1, _target, method);
            }
            else if (outlier.IsOverflow)
            {
                _metrics.EjectionsUnenforced.Add(1, _target, method, new(InstrumentNames.UnenforcedTag, "max_ejection_overflow"));
            }
        }
    }

    /// <summary>A balancer begins to use instances that are set aside, because too few are not, or does so no more.</summary>
    public void OnPanicChanged(bool isInPanic) => Interlocked.Add(ref _inPanic, isInPanic ? 1 : -1);

    /// <summary>A connection to an instance was made.</summary>
    public void OnConnected()
    {
        Interlocked.Increment(ref _openConnections);
        _metrics.ConnectSucceeded.Add(1, _target);
    }

    /// <summary>A connection to an instance could not be made.</summary>
    public void OnConnectFailed() => _metrics.ConnectFailed.Add(1, _target);

    /// <summary>A connection ended.</summary>
    public void OnDisconnected()
    {
        Interlocked.Decrement(ref _openConnections);
        _metrics.Disconnections.Add(1, _target);
    }

    /// <summary>Weighted round robin looked at its weights.</summary>
    public void OnWeights(WeightUpdate update)
    {
        if (update.IsFallback)
        {
            _metrics.WrrFallback.Add(1, _target);
        }

        _metrics.WrrNotYetUsable.Add(update.NotYetUsable, _target);
        _metrics.WrrStale.Add(update.Stale, _target);
        if (_metrics.WrrWeights.Enabled)
        {
            foreach (var weight in update.Weights)
            {
                _metrics.WrrWeights.Record(weight, _target);
            }
        }
    }

    /// <summary>An instance was picked.</summary>
    public void OnPicked(string policy)
    {
        if (_metrics.Picks.Enabled)
        {
            _metrics.Picks.Add(1, _service, _namespace, new(InstrumentNames.PolicyTag, policy));
        }
    }

    /// <summary>A second policy was asked whom it would have picked.</summary>
    public void OnShadowPicked(string policy, string shadow, bool agrees)
    {
        if (_metrics.ShadowPicks.Enabled)
        {
            _metrics.ShadowPicks.Add(
                1,
                [
                    _service, _namespace, new(InstrumentNames.PolicyTag, policy), new(InstrumentNames.ShadowPolicyTag, shadow),
                    new(InstrumentNames.AgreesTag, agrees),
                ]);
        }
    }

    /// <summary>An attempt of a gRPC call begins.</summary>
    public void OnAttemptStarted(string method) =>
        _metrics.AttemptStarted.Add(1, new(InstrumentNames.MethodTag, method), _target);

    /// <summary>An attempt of a gRPC call ended.</summary>
    public void OnAttemptEnded(string method, string status, TimeSpan duration) => _metrics.AttemptDuration.Record(
        duration.TotalSeconds, new(InstrumentNames.MethodTag, method), _target, new(InstrumentNames.StatusTag, status));

    /// <summary>A gRPC call ended, whatever it took.</summary>
    public void OnCallEnded(string method, string status, TimeSpan duration)
    {
        _metrics.GrpcCallDuration.Record(
            duration.TotalSeconds, new(InstrumentNames.MethodTag, method), _target, new(InstrumentNames.StatusTag, status));
        if (!_metrics.CallDuration.Enabled)
        {
            return;
        }

        var tags = new TagList
        {
            { InstrumentNames.RpcSystemTag, "grpc" },
            { InstrumentNames.RpcMethodTag, method },
            { InstrumentNames.RpcStatusTag, status },
            { InstrumentNames.ServerTag, _fleet.Service.Name },
        };
        if (status != "OK")
        {
            tags.Add(InstrumentNames.ErrorTag, status);
        }

        _metrics.CallDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>A gRPC call ended that had attempts: how many more than one, and how long none was on its way.</summary>
    public void OnCallRepeated(string method, int retries, int transparentRetries, int hedges, TimeSpan idle)
    {
        var tag = new KeyValuePair<string, object?>(InstrumentNames.MethodTag, method);
        if (retries > 0)
        {
            _metrics.CallRetries.Record(retries, tag, _target);
        }

        if (transparentRetries > 0)
        {
            _metrics.CallTransparentRetries.Record(transparentRetries, tag, _target);
        }

        if (hedges > 0)
        {
            _metrics.CallHedges.Record(hedges, tag, _target);
        }

        // A96 leaves the zeros out above, and not here.
        _metrics.CallRetryDelay.Record(idle.TotalSeconds, tag, _target);
    }

    /// <summary>A call goes on elsewhere, gRPC or not, because the attempt before never ran.</summary>
    public void OnTransparentRetry() => Interlocked.Increment(ref _transparentRetries);

    /// <summary>Whether anybody wants to hear of attempts and calls of gRPC.</summary>
    public bool IsCallWanted => _metrics.IsCallWanted;

    public IEnumerable<Measurement<long>> Instances()
    {
        var roster = _fleet.Roster;
        var now = _fleet.TimeProvider.Now();
        var aside = roster.Members.Count(m => m.Breaker.SetAside(now) is not null);
        yield return Standing(roster.Members.Length, "listed");
        yield return Standing(roster.View.Instances.Count(i => i.Status.Tier() is not null), "callable");
        yield return Standing(aside, "set_aside");
    }

    public IEnumerable<Measurement<long>> ExtraAttempts()
    {
        var budget = _fleet.Budget;
        return
        [
            Extra(budget.Retried, "retry"), Extra(budget.Hedged, "hedge"), Extra(budget.Denied, "refused"),
            Extra(Interlocked.Read(ref _transparentRetries), "transparent_retry"),
        ];
    }

    public IEnumerable<Measurement<long>> OpenConnections() => [new(Interlocked.Read(ref _openConnections), _target)];

    public IEnumerable<Measurement<long>> InFlight() =>
        [new(_fleet.Roster.Members.Sum(m => (long)m.Statistics.InFlight), _service, _namespace)];

    public IEnumerable<Measurement<long>> RegistryStale() => [new(_fleet.Directory.IsStale ? 1 : 0, _service, _namespace)];

    public IEnumerable<Measurement<long>> Panic() => [new(Volatile.Read(ref _inPanic) > 0 ? 1 : 0, _service, _namespace)];

    public IEnumerable<Measurement<long>> SignalDropped() =>
        [new(_fleet.Roster.Members.Sum(m => m.Statistics.BadReports), _service, _namespace)];

    public IEnumerable<Measurement<long>> SignalDoubted() =>
        [new(_fleet.ReportTrust.IsGivenAt(_fleet.TimeProvider.Now()) ? 0 : 1, _service, _namespace)];

    public IEnumerable<Measurement<double>> SignalStaleShare()
    {
        var members = _fleet.Roster.Members;
        var now = _fleet.TimeProvider.Now();
        var stale = members.Count(m => m.Statistics.Load is not { } load || now - load.At > SignalAgeMax);
        return members.IsEmpty ? [] : [new Measurement<double>((double)stale / members.Length, _service, _namespace)];
    }

    // gRFC A91's words, and one of ours for what A50 does not look at.
    private static string MethodOf(BreakerReason reason) => reason switch
    {
        BreakerReason.SuccessRate => "success_rate",
        BreakerReason.FailurePercentage => "failure_percentage",
        _ => "latency",
    };

    private Measurement<long> Extra(long count, string kind) =>
        new(count, _service, _namespace, new(InstrumentNames.KindTag, kind));

    private Measurement<long> Standing(int count, string state) =>
        new(count, _service, _namespace, new(InstrumentNames.StateTag, state));
}
