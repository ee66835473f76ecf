using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>One after the other.</summary>
internal sealed class RoundRobinPolicy(PickRandom random) : IBalancingPolicy
{
    private readonly Sequence _sequence = new(random);

    public string Name => PolicyNames.RoundRobin;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(_sequence, candidates.Length);

    private sealed class Picker(Sequence sequence, int count) : IPicker
    {
        public int Pick(in PickContext context) => (int)(sequence.Next() % (uint)count);

        public string Explain(int index, in PickContext context) => "its turn, all alike; nothing is measured";
    }
}
