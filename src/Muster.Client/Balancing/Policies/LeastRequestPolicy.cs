using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>Of two random candidates, the one with fewer calls in flight from here.</summary>
/// <remarks>The two are always different ones: with replacement, the busier of two instances would still get a quarter of the
/// calls. Two choices take most of the benefit of looking at all (Mitzenmacher 2001), at a cost that does not grow with the
/// number of candidates. Equal counts leave it at the first choice, which is random. One that fails counts as busier than it is
/// (<see cref="InstanceStatistics.ErrorPenaltyAt"/>).</remarks>
internal sealed class LeastRequestPolicy : IBalancingPolicy
{
    public string Name => PolicyNames.LeastRequest;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) =>
        new Picker([.. candidates.Select(c => c.Statistics)]);

    private sealed class Picker(InstanceStatistics[] candidates) : IPicker
    {
        public int Pick(in PickContext context)
        {
            if (candidates.Length == 1)
            {
                return 0;
            }

            var (first, second) = context.Random.TwoBelow(candidates.Length);
            return Cost(candidates[second], context.Now) < Cost(candidates[first], context.Now) ? second : first;
        }

        public string Explain(int index, in PickContext context) =>
            $"{Figures.InFlightBefore(candidates[index], context)} in flight from here{Figures.Penalty(candidates[index], context.Now)}, "
            + $"the fewer of two random ones; {Figures.InFlightRange(candidates, index, context)}, counted now";

        private static double Cost(InstanceStatistics statistics, TimeSpan now) => (statistics.InFlight + 1) * statistics.ErrorPenaltyAt(now);
    }
}
