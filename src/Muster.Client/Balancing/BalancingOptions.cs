using Muster.Client.Resilience;
using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>How a handler chooses instances and what it does when one fails.</summary>
public sealed record BalancingOptions
{
    /// <summary>The policy, one of <see cref="PolicyNames"/> or of <see cref="MusterClientOptions.Policies"/>.</summary>
    /// <value>Default <see cref="PolicyNames.Adaptive"/>.</value>
    public string Policy { get; init; } = PolicyNames.Adaptive;

    /// <summary>The namespace of the services.</summary>
    /// <value>Default <see cref="ServiceKey.DefaultNamespace"/>.</value>
    public string Namespace { get; init; } = ServiceKey.DefaultNamespace;

    /// <summary>Chooses among the instances by metadata: <c>version=2</c>. Default null: all.</summary>
    public string? Selector { get; init; }

    /// <summary>Sends a share of the calls to instances that match a selector, and the others to those that do not: a canary, or a trial
    /// of a new version.</summary>
    /// <value>Default null: nothing is split. Calls that belong together (<see cref="AffinityKeys"/>, <see cref="AffinityHeader"/>) stay on
    /// one side, whatever the policy.</value>
    public TrafficSplit? Split { get; init; }

    /// <summary>How calls keep to the zone of this process, <see cref="MusterClientOptions.Zone"/>; without one it does nothing.</summary>
    /// <value>Default: on, with its defaults. Null: zones do not matter.</value>
    public ZonePreference? ZonePreference { get; init; } = new();

    /// <summary>To how many instances this process keeps where a service has more of them, so that not everybody is connected to
    /// everybody.</summary>
    /// <value>Default null: all. Allowed: 1 to 100,000; below 12 one that fails is felt. Which ones:
    /// <see cref="MusterClientOptions.ClientIndex"/>. Where none of them can serve, all others can. A split keeps to so many on either
    /// side; the preference for a zone chooses among them.</value>
    public int? SubsetSize { get; init; }

    /// <summary>Makes one connection to each instance that is likely to be called before a call needs it; over https it is secured, and
    /// nothing else is sent over it.</summary>
    /// <value>Default true. For up to 128 instances; a connection that is not used within 100 s is closed. As long as calls go to the
    /// service, an instance whose last connection has ended gets another, at most every 30 s; a service that is not called gets none.
    /// Switch it off for servers that handle one connection at a time, which an idle one would keep from others.</value>
    public bool WarmUp { get; init; } = true;

    /// <summary>The request header whose value says what a call belongs to (a user, a session, a shard), for
    /// <see cref="PolicyNames.RingHash"/> and <see cref="PolicyNames.Rendezvous"/>. A key set by <see cref="AffinityKeys"/> wins over it.</summary>
    /// <value>Default null: only <see cref="AffinityKeys"/> says. At most 128 characters. A call without either goes anywhere.</value>
    public string? AffinityHeader { get; init; }

    /// <summary>Which endpoint of an instance to call. Default null: the default endpoint.</summary>
    public string? EndpointName { get; init; }

    /// <summary>How long a connection may take to be made before the next instance is tried, the TLS handshake included.</summary>
    /// <value>Default 1 s. Allowed: 10 ms to 1 min.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a call waits for the registry's first answer on a service.</summary>
    /// <value>Default 5 s. Allowed: zero (do not wait) to 1 min.</value>
    public TimeSpan DiscoveryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often instances are asked to report their load out of band (ORCA's <c>StreamCoreMetrics</c>), whether or not calls go to
    /// them.</summary>
    /// <value>Default null: not at all; responses and probes bring reports. Allowed: 100 ms to 1 h. An instance may report less often: its
    /// own bound counts. For gRPC services whose calls are long, or whose server is not Muster's.</value>
    public TimeSpan? OutOfBandReports { get; init; }

    /// <summary>A second policy that is asked with each call whom it would choose, and chooses nobody: to see what it would change before
    /// it does.</summary>
    /// <value>Default null: none. How often both agree is in <c>muster.client.shadow.picks</c>, each answer at
    /// <see cref="ICallObserver.OnShadowPicked"/>. What it probes, it probes as a shadow too (<see cref="PolicyNames.Prequal"/>: three small
    /// requests with each call). One that throws fails no call.</value>
    public string? ShadowPolicy { get; init; }

    /// <summary>When a call that failed is sent again, to another instance.</summary>
    /// <value>Null: only what never ran.</value>
    public RetryOptions? Retry { get; init; } = new();

    /// <summary>Sends slow calls to a second instance and takes the answer that comes first.</summary>
    /// <value>Default null: off.</value>
    public HedgingOptions? Hedging { get; init; }

    /// <summary>How long one attempt may take until its answer begins (an idempotent unary gRPC call: until it ends). One that takes longer
    /// counts as the instance's failure, and is sent again if it may be.</summary>
    /// <value>Default null: as long as the call may. Allowed: 1 ms to 1 h.</value>
    public TimeSpan? AttemptTimeout { get; init; }

    /// <summary>Adds the header <c>muster-instance</c> with the chosen instance's id to each response; nothing is sent for it.</summary>
    /// <value>Default false.</value>
    public bool TagResponses { get; init; }

    /// <summary>Hears of each pick and each end of an attempt. Must be thread-safe and must not block. Default null.</summary>
    public ICallObserver? Observer { get; init; }
}
