using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>The product's own: the candidate that has the least to do for how fast it is.</summary>
/// <remarks>
/// <code>
/// size = mean weight / weight
/// cost = (calls in flight from here + requests from others + 1) × size × slowness × error penalty
/// </code>
/// <para><b>Requests from others</b> come from load reports (<see cref="ReportedLoad.OthersInFlight"/>), which responses bring. A figure
/// ages towards the mean of all candidates, with a time constant of a quarter of a call (<see cref="FleetLoad"/>): who chases the lowest of
/// old figures makes it the highest.
/// Counts from here alone say nothing where there are many callers, and are all there is where nobody reports: then this is
/// <see cref="PolicyNames.LeastRequest"/>, over all candidates where they are few.</para>
/// <para><b>Slowness</b> is the latency that an instance reports at its load, by the median of all; within a third of it, or a millisecond, 1:
/// noise must not move traffic. A <b>newcomer</b>, which has nothing to do yet, is looked at only as often as its share says
/// (<see cref="InstanceStatistics.ShareAt"/>).</para>
/// <para><b>Weights</b>: the more an instance has, the less of it a request takes. Where the cheapest has nothing to do, so may others that are
/// dearer only because the call to come is a larger part of them; one of all that have no more to do than the cheapest is taken by
/// weight. So an idle service is shared by weight, as in Envoy's least request, instead of left to its heaviest instance.</para>
/// <para>Up to 32 candidates are all looked at; of more, the sixteen that reported last, each report good for one pick, or two random ones
/// where nobody has. Reports come only from where calls go, so without further ado
/// an instance that once looked busy would be avoided for ever: every fourth call sends a probe to a random candidate as well.</para>
/// <para>Sources: two choices, Mitzenmacher 2001; server-side requests in flight and probes, Prequal (NSDI 2024); ageing, Netflix
/// 2018.</para>
/// </remarks>
internal sealed class AdaptivePolicy : IBalancingPolicy
{
    /// <summary>Up to here every candidate is looked at.</summary>
    internal const int ScanMax = 32;

    /// <summary>Loads that differ by less are alike, in requests.</summary>
    internal const double AlikeLoad = 0.1;

    internal const double ProbesPerCall = 0.25;

    internal const double ProbesPerSecondMax = 100;

    private readonly ProbeBudget _probes = new(ProbesPerSecondMax);

    public string Name => PolicyNames.Adaptive;

    public SlowStartMode SlowStart => SlowStartMode.ByPicker;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(candidates, _probes);

    private sealed class Picker : IProbingPicker
    {
        private readonly InstanceStatistics[] _statistics;
        private readonly int[] _all;
        private readonly Dictionary<InstanceStatistics, int> _indices;
        private readonly FleetLoad _load;
        private readonly ProbeBudget _probes;
        private readonly RecentReports? _recent;

        public Picker(ImmutableArray<Candidate> candidates, ProbeBudget probes)
        {
            _statistics = [.. candidates.Select(c => c.Statistics)];
            _all = [.. Enumerable.Range(0, _statistics.Length)];
            _indices = _statistics.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i);
            _load = new FleetLoad(candidates);
            _probes = probes;
            _recent = _statistics.Length > ScanMax ? _statistics[0].Recent : null;
        }

        public int Pick(in PickContext context)
        {
            _load.Refresh(context.Now);
            return _statistics.Length <= ScanMax ? CheapestOfAll(context)
                : _recent is not null && _load.IsReported && CheapestOfRecent(_recent, context) is var index && index >= 0 ? index
                : CheaperOfTwo(context);
        }

        public int ChooseProbes(in PickContext context, Span<int> targets)
        {
            // Where nobody reports, nobody answers probes.
            if (_statistics.Length < 2 || !_load.IsReported || context.Random.NextDouble() >= ProbesPerCall || !_probes.TryTake(context.Now))
            {
                return 0;
            }

            targets[0] = context.Random.Below(_statistics.Length);
            return 1;
        }

        public string Explain(int index, in PickContext context)
        {
            var (statistics, now) = (_statistics[index], context.Now);
            var inFlight = Figures.InFlightBefore(statistics, context);
            var all = Figures.Range(_statistics.Select((s, i) => Cost(i, i == index ? inFlight : s.InFlight, now)));
            var weight = _load.IsWeighted ? string.Create(CultureInfo.InvariantCulture, $", {1 / _load.RequestSize(index):0.##} times the mean weight") : "";
            var looked = _statistics.Length <= ScanMax ? "" : ", of whom the last to report or two random ones were looked at";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"cost {Cost(index, inFlight, now):0.##}: {inFlight} in flight from here, "
                + $"{_load.Others(statistics, _load.RequestSize(index), now) / _load.RequestSize(index):0.##} from others, slowness {_load.Slowness(index):0.##}{Figures.Penalty(statistics, now)}"
                + $"{weight}, {Figures.ReportAge(statistics, now)}; {all}{looked}");
        }

        private int CheapestOfAll(in PickContext context)
        {
            var choice = new LowestOf(context.Random);
            for (var i = 0; i < _statistics.Length; i++)
            {
                if (IsConsidered(_statistics[i], context))
                {
                    choice.Offer(i, Cost(i, context.Now));
                }
            }

            return !choice.HasAny ? CheaperOfTwo(context) : _load.IsWeighted ? OneAsIdle(_all, choice.Index, context) : choice.Index;
        }

        // A newcomer has nothing to do, so it would be the cheapest of all for every caller at once. It is looked at as often as if two
        // random candidates were, and only in proportion to its share of those.
        private bool IsConsidered(InstanceStatistics statistics, in PickContext context) =>
            !(statistics.NewcomerUntil > context.Now)
            || context.Random.NextDouble() < statistics.ShareAt(context.Now) * 2 / _statistics.Length;

        // -1 if nobody has reported lately.
        private int CheapestOfRecent(RecentReports recent, in PickContext context)
        {
            Span<int> indices = stackalloc int[RecentReports.Length];
            var (bestSlot, lowest) = (-1, double.PositiveInfinity);
            for (var slot = 0; slot < indices.Length; slot++)
            {
                indices[slot] = recent[slot] is { } statistics && _indices.TryGetValue(statistics, out var index) ? index : -1;

                // One that may not be picked now is left for a balancer that may.
                if (indices[slot] >= 0 && Cost(indices[slot], context.Now) is var cost && cost < lowest
                    && IsWanted(_statistics[indices[slot]], context))
                {
                    (bestSlot, lowest) = (slot, cost);
                }
            }

            if (bestSlot < 0)
            {
                return -1;
            }

            bestSlot = _load.IsWeighted ? OneAsIdle(indices, bestSlot, context) : bestSlot;
            return recent.TryTake(bestSlot, _statistics[indices[bestSlot]]) ? indices[bestSlot] : -1;
        }

        // The cost counts the call that is to be sent, which is more at an instance of little weight: of those with nothing to do the heaviest
        // is always the cheapest. So of all that have no more to do than the cheapest, one by weight. Places in the list; -1 is nobody.
        private int OneAsIdle(ReadOnlySpan<int> among, int cheapest, in PickContext context)
        {
            var (load, dearness) = (Load(among[cheapest], context.Now) + AlikeLoad, Dearness(among[cheapest], context.Now));
            Span<double> upTo = stackalloc double[ScanMax];
            var weights = 0.0;
            for (var place = 0; place < among.Length; place++)
            {
                if (among[place] is >= 0 and var index && Dearness(index, context.Now) <= dearness && Load(index, context.Now) <= load)
                {
                    // A newcomer's weight as far as it has come.
                    weights += _statistics[index].ShareAt(context.Now) / _load.RequestSize(index);
                }

                upTo[place] = weights;
            }

            var drawn = context.Random.NextDouble() * weights;
            for (var place = 0; place < among.Length; place++)
            {
                if (upTo[place] > drawn)
                {
                    return place;
                }
            }

            // The cheapest is a newcomer that gets nothing yet.
            return cheapest;
        }

        private int CheaperOfTwo(in PickContext context)
        {
            if (_statistics.Length == 1)
            {
                return 0;
            }

            var (first, second) = context.Random.TwoBelow(_statistics.Length);
            var (cheaper, other) = Cost(second, context.Now) < Cost(first, context.Now) ? (second, first) : (first, second);
            return IsWanted(_statistics[cheaper], context) ? cheaper : other;
        }

        // A newcomer is turned down as often as its share says.
        private static bool IsWanted(InstanceStatistics statistics, in PickContext context) =>
            statistics.ShareAt(context.Now) is var share && (share >= 1 || context.Random.NextDouble() < share);

        private double Cost(int index, TimeSpan now) => Cost(index, _statistics[index].InFlight, now);

        private double Cost(int index, int inFlight, TimeSpan now)
        {
            var (statistics, size) = (_statistics[index], _load.RequestSize(index));
            return ((inFlight * size) + _load.Others(statistics, size, now) + size) * _load.Slowness(index) * statistics.ErrorPenaltyAt(now);
        }

        // In requests at an instance of mean weight.
        private double Load(int index, TimeSpan now)
        {
            var (statistics, size) = (_statistics[index], _load.RequestSize(index));
            return (statistics.InFlight * size) + _load.Others(statistics, size, now);
        }

        private double Dearness(int index, TimeSpan now) => _load.Slowness(index) * _statistics[index].ErrorPenaltyAt(now);
    }
}
