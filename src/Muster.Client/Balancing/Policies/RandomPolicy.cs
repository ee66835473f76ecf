using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>Any candidate, all alike.</summary>
internal sealed class RandomPolicy : IBalancingPolicy
{
    public string Name => PolicyNames.Random;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(candidates.Length);

    private sealed class Picker(int count) : IPicker
    {
        public int Pick(in PickContext context) => context.Random.Below(count);

        public string Explain(int index, in PickContext context) => "at random, all alike; nothing is measured";
    }
}
