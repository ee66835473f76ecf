using System.Collections.Immutable;
using Muster.Client.Balancing;
using Muster.Samples.Contracts;

namespace Muster.Samples.Shared.Calls;

/// <summary>How the samples choose instances unless they are told otherwise: each service shows another policy.</summary>
internal static class SamplePolicies
{
    /// <summary>Every policy, by name.</summary>
    public static readonly ImmutableArray<string> All = [.. PolicyNames.All];

    /// <summary>The policy of a service.</summary>
    public static string DefaultOf(string service) => service switch
    {
        // Workers report a load, so it can be seen to matter.
        IncrementMethods.ServiceName => PolicyNames.LeastCpu,
        // Copies take a random weight, so the spread shows it.
        EchoMethods.ServiceName => PolicyNames.WeightedRandom,
        _ => PolicyNames.Random,
    };
}
