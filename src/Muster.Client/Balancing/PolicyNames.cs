namespace Muster.Client.Balancing;

/// <summary>The policies by name, as configuration, documentation and metrics write them.</summary>
public static class PolicyNames
{
    /// <summary>The product's own: requests in flight at the instance as it reports them, aged, with what was sent since, by how fast the
    /// instance is. All candidates where they are few, two where they are many.</summary>
    public const string Adaptive = "adaptive";

    /// <summary>One instance for all calls, for as long as it will have them; another process prefers another one.</summary>
    public const string PickFirst = "pick_first";

    /// <summary>Any instance, all alike.</summary>
    public const string Random = "random";

    /// <summary>Any instance, in proportion to its weight.</summary>
    public const string WeightedRandom = "weighted_random";

    /// <summary>One after the other.</summary>
    public const string RoundRobin = "round_robin";

    /// <summary>One after the other, those more often that do more for the same utilisation (gRFC A58).</summary>
    public const string WeightedRoundRobin = "weighted_round_robin";

    /// <summary>Of two random instances, the one with fewer calls in flight from here.</summary>
    public const string LeastRequest = "least_request";

    /// <summary>The lowest reported CPU, own sends since the report counted in.</summary>
    public const string LeastCpu = "least_cpu";

    /// <summary>Of two random instances, the one that takes less time for what it has to do, by a peak-sensitive average.</summary>
    public const string PeakEwma = "peak_ewma";

    /// <summary>What belongs together goes to the same instance, by a hash ring, with a bound on its load.</summary>
    public const string RingHash = "ring_hash";

    /// <summary>What belongs together goes to the same instance, by the highest hash, with a bound on its load.</summary>
    public const string Rendezvous = "rendezvous";

    /// <summary>A pool of probes: the lowest latency among those that are not hot (Prequal, NSDI 2024).</summary>
    public const string Prequal = "prequal";

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All => BuiltInPolicies.Names;

    /// <summary>Whether a policy does not care what a call belongs to. One of the application's own may.</summary>
    internal static bool IgnoreAffinity(string policy) => policy is not (RingHash or Rendezvous) && All.Contains(policy);
}
