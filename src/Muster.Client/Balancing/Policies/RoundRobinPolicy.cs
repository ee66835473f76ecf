using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>One after the other.</summary>
/// <remarks>The sequence starts at random, or clients that start together would march together; and it lives here rather
/// than in the picker, or every change of the candidates would send the next calls to the first of them again.</remarks>
internal sealed class RoundRobinPolicy(ulong start) : IBalancingPolicy
{
    private readonly Sequence _sequence = new(start);

    public string Name => PolicyNames.RoundRobin;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(_sequence, candidates.Length);

    private sealed class Picker(Sequence sequence, int count) : IPicker
    {
        public int Pick(in PickContext context) => (int)(sequence.Next() % (uint)count);
    }

    private sealed class Sequence(ulong start)
    {
        // Written by every pick of every thread: 64 bits never wrap, so no candidate is skipped when they would.
        private ulong _value = start >> 1;

        public ulong Next() => Interlocked.Increment(ref _value);
    }
}
