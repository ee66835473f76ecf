using System.Diagnostics.Metrics;

namespace Muster.Client.Telemetry;

/// <summary>The instruments of one client.</summary>
/// <remarks>Thread-safe. Costs nothing that could be measured while nobody listens: each use asks the instrument first.</remarks>
internal sealed class ClientMetrics : IDisposable
{
    // gRFC A66's buckets for latencies, in seconds.
    private static readonly InstrumentAdvice<double> s_latency = new()
    {
        HistogramBucketBoundaries =
        [
            0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.013, 0.016, 0.02,
            0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100,
        ],
    };

    // gRFC A96's buckets: few calls are sent again, and hardly any of them more than once.
    private static readonly InstrumentAdvice<long> s_repeats = new() { HistogramBucketBoundaries = [1, 2, 3, 4, 5] };
    private static readonly InstrumentAdvice<long> s_transparent = new() { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 10] };

    private readonly Meter _meter;
    private readonly bool _isOwner;
    private readonly Lock _lock = new();
    private readonly List<FleetTelemetry> _fleets = [];

    /// <summary>Creates the instruments.</summary>
    /// <param name="factory">Makes the meter, and owns it; null makes one of this client's own.</param>
    public ClientMetrics(IMeterFactory? factory)
    {
        _isOwner = factory is null;
        _meter = factory is null
            ? new Meter(MusterTelemetry.MeterName)
            : factory.Create(new MeterOptions(MusterTelemetry.MeterName));
        AttemptStarted = _meter.CreateCounter<long>(InstrumentNames.AttemptStarted, "{attempt}", "Attempts of gRPC calls that began.");
        AttemptDuration = _meter.CreateHistogram(
            InstrumentNames.AttemptDuration, "s", "Time from an attempt's pick to the end of its trailers.", null, s_latency);
        CallDuration = _meter.CreateHistogram(
            InstrumentNames.CallDuration, "s", "Time of a whole gRPC call, all attempts and waits together.", null, s_latency);
        GrpcCallDuration = _meter.CreateHistogram(
            InstrumentNames.GrpcCallDuration, "s", "Time of a whole gRPC call, under gRPC's own name and tags.", null, s_latency);
        CallRetries = _meter.CreateHistogram(
            InstrumentNames.CallRetries, "{retry}", "Retries of a gRPC call that had any.", null, s_repeats);
        CallTransparentRetries = _meter.CreateHistogram(
            InstrumentNames.CallTransparentRetries, "{transparent_retry}", "Transparent retries of a gRPC call that had any.", null, s_transparent);
        CallHedges = _meter.CreateHistogram(InstrumentNames.CallHedges, "{hedge}", "Hedges of a gRPC call that had any.", null, s_repeats);
        CallRetryDelay = _meter.CreateHistogram(
            InstrumentNames.CallRetryDelay, "s", "Time of a gRPC call during which none of its attempts was on its way.", null, s_latency);
        WrrFallback = Counter(InstrumentNames.WrrFallback, "{update}", "Updates without two usable weights, which fell back on the registry's.");
        WrrNotYetUsable = Counter(InstrumentNames.WrrNotYetUsable, "{endpoint}", "Instances whose weight was not usable yet, over all updates.");
        WrrStale = Counter(InstrumentNames.WrrStale, "{endpoint}", "Instances whose weight was too old, over all updates.");
        WrrWeights = _meter.CreateHistogram<double>(InstrumentNames.WrrWeights, "{weight}", "Weights, one for each instance and update; 0 is none.");
        EjectionsEnforced = Counter(InstrumentNames.EjectionsEnforced, "{ejection}", "Outliers that were set aside.");
        EjectionsUnenforced = Counter(InstrumentNames.EjectionsUnenforced, "{ejection}", "Outliers that were not, because too many were.");
        ConnectSucceeded = Counter(InstrumentNames.ConnectSucceeded, "{attempt}", "Connections that were made.");
        ConnectFailed = Counter(InstrumentNames.ConnectFailed, "{attempt}", "Connections that could not be made.");
        Disconnections = Counter(InstrumentNames.Disconnections, "{disconnection}", "Connections that ended, from either side.");
        BreakerTransitions = Counter(InstrumentNames.BreakerTransitions, "{transition}", "Circuits that opened or closed.");
        Picks = Counter(InstrumentNames.Picks, "{pick}", "Instances that were picked.");
        ShadowPicks = Counter(InstrumentNames.ShadowPicks, "{pick}", "Picks that a second policy was asked about.");
        _meter.CreateObservableCounter(
            InstrumentNames.ExtraAttempts, () => Collect(f => f.ExtraAttempts()), "{attempt}",
            "Retries and hedges that the budget allowed, those that it refused, and transparent retries.");
        _meter.CreateObservableUpDownCounter(
            InstrumentNames.OpenConnections, () => Collect(f => f.OpenConnections()), "{connection}", "Connections that are open.");
        Observe(InstrumentNames.Instances, "{instance}", "Instances, by how they stand.", f => f.Instances());
        Observe(InstrumentNames.InFlight, "{call}", "Calls in flight.", f => f.InFlight());
        Observe(InstrumentNames.Panic, "{bool}", "1 while calls go to instances that are set aside, because too few are not.", f => f.Panic());
        Observe(InstrumentNames.SignalDropped, "{report}", "Load reports that were dropped.", f => f.SignalDropped());
        Observe(InstrumentNames.SignalDoubted, "{bool}", "1 while load reports are not used, because they cannot be true.", f => f.SignalDoubted());
        Observe(InstrumentNames.RegistryStale, "{bool}", "1 while what is known of a service may be out of date.", f => f.RegistryStale());
        _meter.CreateObservableGauge(
            InstrumentNames.SignalStaleShare, () => Collect(f => f.SignalStaleShare()), "1",
            "Share of instances without a load report of the last 10 s.");
    }

    public Counter<long> AttemptStarted { get; }

    public Histogram<double> AttemptDuration { get; }

    public Histogram<double> CallDuration { get; }

    public Histogram<double> GrpcCallDuration { get; }

    public Histogram<long> CallRetries { get; }

    public Histogram<long> CallTransparentRetries { get; }

    public Histogram<long> CallHedges { get; }

    public Histogram<double> CallRetryDelay { get; }

    /// <summary>Whether anybody wants to hear of attempts and calls of gRPC.</summary>
    public bool IsCallWanted =>
        AttemptStarted.Enabled || AttemptDuration.Enabled || CallDuration.Enabled || GrpcCallDuration.Enabled
        || CallRetries.Enabled || CallTransparentRetries.Enabled || CallHedges.Enabled || CallRetryDelay.Enabled;

    public Counter<long> WrrFallback { get; }

    public Counter<long> WrrNotYetUsable { get; }

    public Counter<long> WrrStale { get; }

    public Histogram<double> WrrWeights { get; }

    public Counter<long> EjectionsEnforced { get; }

    public Counter<long> EjectionsUnenforced { get; }

    public Counter<long> ConnectSucceeded { get; }

    public Counter<long> ConnectFailed { get; }

    public Counter<long> Disconnections { get; }

    public Counter<long> BreakerTransitions { get; }

    public Counter<long> Picks { get; }

    public Counter<long> ShadowPicks { get; }

    /// <summary>Shows a service in the gauges from now on. As many as a client may watch.</summary>
    public void Add(FleetTelemetry fleet)
    {
        lock (_lock)
        {
            _fleets.Add(fleet);
        }
    }

    public void Dispose()
    {
        if (_isOwner)
        {
            _meter.Dispose();
        }

        lock (_lock)
        {
            _fleets.Clear();
        }
    }

    private Counter<long> Counter(string name, string unit, string description) => _meter.CreateCounter<long>(name, unit, description);

    private void Observe(string name, string unit, string description, Func<FleetTelemetry, IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, () => Collect(read), unit, description);

    private List<Measurement<T>> Collect<T>(Func<FleetTelemetry, IEnumerable<Measurement<T>>> read)
        where T : struct
    {
        lock (_lock)
        {
            return [.. _fleets.SelectMany(read)];
        }
    }
}
