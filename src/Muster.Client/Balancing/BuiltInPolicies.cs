using System.Diagnostics.CodeAnalysis;
using Muster.Client.Balancing.Policies;

namespace Muster.Client.Balancing;

/// <summary>Every policy that the product brings, in the one place that lists them.</summary>
internal static class BuiltInPolicies
{
    private static readonly (string Name, Func<PickRandom, IBalancingPolicy> Create)[] All =
    [
        (PolicyNames.Adaptive, static _ => new AdaptivePolicy()),
        (PolicyNames.PickFirst, static random => new PickFirstPolicy(random.Next())),
        (PolicyNames.Random, static _ => new RandomPolicy()),
        (PolicyNames.WeightedRandom, static _ => new WeightedRandomPolicy()),
        (PolicyNames.RoundRobin, static random => new RoundRobinPolicy(random)),
        (PolicyNames.WeightedRoundRobin, static random => new WeightedRoundRobinPolicy(random)),
        (PolicyNames.LeastRequest, static _ => new LeastRequestPolicy()),
        (PolicyNames.LeastCpu, static _ => new LeastCpuPolicy()),
        (PolicyNames.PeakEwma, static _ => new PeakEwmaPolicy()),
        (PolicyNames.RingHash, static _ => new RingHashPolicy()),
        (PolicyNames.Rendezvous, static _ => new RendezvousPolicy()),
        (PolicyNames.Prequal, static _ => new PrequalPolicy()),
    ];

    /// <summary>The names, for error messages and menus.</summary>
    public static IEnumerable<string> Names => All.Select(p => p.Name);

    /// <summary>Makes a policy for one service.</summary>
    /// <param name="name">One of <see cref="PolicyNames"/>; ordinal.</param>
    /// <param name="random">Decides where a sequence starts.</param>
    /// <param name="policy">The policy.</param>
    /// <returns>False if there is none of that name.</returns>
    public static bool TryCreate(string name, PickRandom random, [NotNullWhen(true)] out IBalancingPolicy? policy)
    {
        policy = Array.Find(All, p => p.Name == name).Create?.Invoke(random);
        return policy is not null;
    }
}
