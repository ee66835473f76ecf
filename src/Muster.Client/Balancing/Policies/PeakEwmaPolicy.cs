using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>Of two random candidates, the one that takes less time for what it has to do: average latency × (calls in flight + 1).</summary>
/// <remarks>Peak EWMA (Finagle, linkerd). The average is <see cref="InstanceStatistics.PeakLatencyMilliseconds"/>. A candidate that has
/// not been timed is taken to be as fast as the other: neither 0, which would flood it, nor a fixed second, which would starve it. An
/// instance that fails fast looks fast, so failures make it dearer (<see cref="InstanceStatistics.ErrorPenaltyAt"/>).</remarks>
internal sealed class PeakEwmaPolicy : IBalancingPolicy
{
    public string Name => PolicyNames.PeakEwma;

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
            var (one, other) = (candidates[first], candidates[second]);
            var (oneTime, otherTime) = (one.PeakLatencyMilliseconds(context.Now), other.PeakLatencyMilliseconds(context.Now));
            return Cost(other, otherTime ?? oneTime, context.Now) < Cost(one, oneTime ?? otherTime, context.Now) ? second : first;
        }

        public string Explain(int index, in PickContext context)
        {
            var (statistics, now) = (candidates[index], context.Now);
            var inFlight = Figures.InFlightBefore(statistics, context);
            var all = Figures.Range(candidates.Where(c => c.LatencyAt is not null)
                .Select(c => c.PeakLatencyMilliseconds(now)!.Value * ((c == statistics ? inFlight : c.InFlight) + 1) * c.ErrorPenaltyAt(now)));
            var load = $"{inFlight} in flight from here{Figures.Penalty(statistics, now)}, the lower of two random ones; {all}";
            return statistics.LatencyAt is { } at && statistics.PeakLatencyMilliseconds(now) is { } latency
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"cost {latency * (inFlight + 1) * statistics.ErrorPenaltyAt(now):0.###}: {latency:0.###} ms, {load}, "
                    + $"last timed {(now - at).TotalMilliseconds:0} ms ago")
                : $"never timed, so taken to be as fast as the other: {load}";
        }

        private static double Cost(InstanceStatistics statistics, double? milliseconds, TimeSpan now) =>
            (milliseconds ?? 1) * (statistics.InFlight + 1) * statistics.ErrorPenaltyAt(now);
    }
}
