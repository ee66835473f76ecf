namespace Muster.Client.Balancing;

/// <summary>The policies by name, as configuration, documentation and metrics write them.</summary>
public static class PolicyNames
{
    /// <summary>Any instance, all alike.</summary>
    public const string Random = "random";

    /// <summary>Any instance, in proportion to its weight.</summary>
    public const string WeightedRandom = "weighted_random";

    /// <summary>One after the other.</summary>
    public const string RoundRobin = "round_robin";

    /// <summary>Of two random instances, the one with fewer calls in flight from here.</summary>
    public const string LeastRequest = "least_request";

    /// <summary>The lowest reported CPU, own sends since the report counted in.</summary>
    public const string LeastCpu = "least_cpu";

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All => BuiltInPolicies.Names;
}
