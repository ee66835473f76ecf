namespace Muster.Client.Resilience;

/// <summary>When an instance that does badly is set aside, and for how long. Every handler of a client sees the same.</summary>
/// <remarks>Two judges. The circuit breaker looks at one instance and trips at once; outlier detection (gRFC A50) compares all
/// instances of a service every <see cref="Interval"/>. Neither takes a registration away: other callers are not affected.</remarks>
public sealed record EjectionOptions
{
    /// <summary>Failures in a row that open an instance's circuit.</summary>
    /// <value>Default 5. Allowed: 1 to 1,000. Null: it never opens by this.</value>
    public int? ConsecutiveFailures { get; init; } = 5;

    /// <summary>How long a circuit stays open the first time; twice as long after each trial that fails.</summary>
    /// <value>Default 1 s, ± 50 % so that many callers do not come back at once. Allowed: 10 ms to <see cref="OpenMax"/>.</value>
    public TimeSpan OpenMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a circuit stays open at most, before the ± 50 %.</summary>
    /// <value>Default 60 s. Allowed: <see cref="OpenMin"/> to 1 h.</value>
    public TimeSpan OpenMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The share of a service's instances that may be picked below which it is the caller, or the whole service, that has a
    /// problem: then failures are no reason to avoid anybody, and all instances are used.</summary>
    /// <value>Default 0.5. Allowed: 0 (never; with every circuit open, calls fail at once) to 1.</value>
    public double PanicThreshold { get; init; } = 0.5;

    /// <summary>Calls in flight at one instance from this process; past it the next call goes elsewhere, and where there is nobody,
    /// fails.</summary>
    /// <value>Default 1,024. Allowed: 1 to 1,000,000.</value>
    public int InFlightMax { get; init; } = 1024;

    /// <summary>How often outlier detection looks.</summary>
    /// <value>Default 10 s. Allowed: 100 ms to 1 h. Null: never.</value>
    public TimeSpan? Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an outlier is set aside; multiplied by how often it was one lately (once less with each interval in which it was
    /// none).</summary>
    /// <value>Default 30 s. Allowed: 100 ms to 1 h.</value>
    public TimeSpan BaseEjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an outlier is set aside at most.</summary>
    /// <value>Default 300 s; never less than <see cref="BaseEjectionTime"/>. Allowed: 100 ms to 24 h.</value>
    public TimeSpan MaxEjectionTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>The share of instances that outlier detection sets aside at most, in percent; always at least one.</summary>
    /// <value>Default 10. Allowed: 0 to 100.</value>
    public int MaxEjectionPercent { get; init; } = 10;

    /// <summary>How many instances must have had calls before any of them can be an outlier.</summary>
    /// <value>Default 5 (gRFC A50). Allowed: 1 to 100,000.</value>
    public int OutlierHostsMin { get; init; } = 5;

    /// <summary>How many standard deviations below the mean a success rate is an outlier, in thousandths.</summary>
    /// <value>Default 1,900. Allowed: 0 to 100,000. Null: success rates are not compared.</value>
    public int? SuccessRateStdevFactor { get; init; } = 1900;

    /// <summary>How much worse than the mean an instance must be as well, in points of a hundred.</summary>
    /// <value>Default 5. Allowed: 0 to 100. With 0, A50's own rule, a healthy instance is ejected in a quarter of all intervals where
    /// one call in a hundred fails by chance: of many alike somebody is always 1.9 deviations off. Otherwise so many failures must also be
    /// too many for chance: fewer than one in a million intervals of a healthy instance (Chernoff's bound on the binomial
    /// distribution).</value>
    public int SuccessRateMargin { get; init; } = 5;

    /// <summary>Calls in an interval from which an instance's success rate counts.</summary>
    /// <value>Default 100. Allowed: 1 to 1,000,000.</value>
    public int SuccessRateVolumeMin { get; init; } = 100;

    /// <summary>The share of failures, in percent, above which an instance is an outlier whatever the others do.</summary>
    /// <value>Default 85. Allowed: 0 to 100. Null: not looked at.</value>
    public int? FailurePercentage { get; init; } = 85;

    /// <summary>Calls in an interval from which an instance's failure percentage counts.</summary>
    /// <value>Default 50. Allowed: 1 to 1,000,000.</value>
    public int FailureVolumeMin { get; init; } = 50;

    /// <summary>How many times as long as the median an instance's mean latency makes it an outlier.</summary>
    /// <value>Default 5. Allowed: 1.5 to 1,000. Null: latencies are not compared. Not in A50; such an instance is set aside for
    /// <see cref="LatencyEjectionTime"/> only, since it may be well again at any moment.</value>
    public double? LatencyFactor { get; init; } = 5;

    /// <summary>How long an instance is set aside for its latency; not longer the second time.</summary>
    /// <value>Default 3 s. Allowed: 100 ms to 1 h.</value>
    public TimeSpan LatencyEjectionTime { get; init; } = TimeSpan.FromSeconds(3);
}
