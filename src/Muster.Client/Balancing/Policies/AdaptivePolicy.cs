using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>The product's own: the candidate that has the least to do for how fast it is.</summary>
/// <remarks>
/// <code>
/// cost = (calls in flight from here + requests from others + 1) × slowness × mean weight / weight × error penalty / share
/// </code>
/// <para><b>Requests from others</b> come from load reports (<see cref="ReportedLoad.OthersInFlight"/>), which responses bring. A figure
/// ages towards the mean of all candidates, with a time constant of 1 s: who chases the lowest of old figures makes it the highest.
/// Counts from here alone say nothing where there are many callers, and are all there is where nobody reports: then this is
/// <see cref="PolicyNames.LeastRequest"/>, over all candidates where they are few.</para>
/// <para><b>Slowness</b> is the latency that an instance reports at its load, by the median of all; within a third of it, 1: noise must
/// not move traffic. <b>Share</b> is a newcomer's (<see cref="InstanceStatistics.ShareAt"/>).</para>
/// <para>Up to 32 candidates are all looked at, of more two random ones. Reports come only from where calls go, so without further ado
/// an instance that once looked busy would be avoided for ever: every fourth call sends a probe to a random candidate as well.</para>
/// <para>Sources: two choices, Mitzenmacher 2001; server-side requests in flight and probes, Prequal (NSDI 2024); ageing, Netflix
/// 2018.</para>
/// </remarks>
internal sealed class AdaptivePolicy : IBalancingPolicy
{
    /// <summary>Up to here every candidate is looked at.</summary>
    internal const int ScanMax = 32;

    internal const double ProbesPerCall = 0.25;

    internal const double ProbesPerSecondMax = 100;

    private readonly ProbeBudget _probes = new(ProbesPerSecondMax);

    public string Name => PolicyNames.Adaptive;

    public bool HonoursSlowStart => true;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(candidates, _probes);

    private sealed class Picker(ImmutableArray<Candidate> candidates, ProbeBudget probes) : IProbingPicker
    {
        // What a newcomer on probation costs: more than any other, but not more than all can bear together.
        private const double ShareMin = 0.001;

        private readonly InstanceStatistics[] _statistics = [.. candidates.Select(c => c.Statistics)];
        private readonly FleetLoad _load = new(candidates);

        public int Pick(in PickContext context)
        {
            _load.Refresh(context.Now);
            return _statistics.Length <= ScanMax ? CheapestOfAll(context) : CheaperOfTwo(context);
        }

        public int ChooseProbes(in PickContext context, Span<int> targets)
        {
            // Where nobody reports, nobody answers probes.
            if (_statistics.Length < 2 || !_load.IsReported || context.Random.NextDouble() >= ProbesPerCall || !probes.TryTake(context.Now))
            {
                return 0;
            }

            targets[0] = context.Random.Below(_statistics.Length);
            return 1;
        }

        public string Explain(int index, in PickContext context)
        {
            var statistics = _statistics[index];
            var report = statistics.Load is { } load
                ? string.Create(CultureInfo.InvariantCulture, $"report {(context.Now - load.At).TotalMilliseconds:0} ms old")
                : "no report";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"cost {Cost(index, context.Now):0.##}: {statistics.InFlight} in flight from here, {_load.Others(statistics, context.Now):0.##} from others, slowness {_load.Slowness(index):0.##}, {report}");
        }

        private int CheapestOfAll(in PickContext context)
        {
            var choice = new LowestOf(context.Random);
            for (var i = 0; i < _statistics.Length; i++)
            {
                choice.Offer(i, Cost(i, context.Now));
            }

            return choice.Index;
        }

        private int CheaperOfTwo(in PickContext context)
        {
            var (first, second) = context.Random.TwoBelow(_statistics.Length);
            return Cost(second, context.Now) < Cost(first, context.Now) ? second : first;
        }

        private double Cost(int index, TimeSpan now)
        {
            var statistics = _statistics[index];
            var load = statistics.InFlight + _load.Others(statistics, now) + 1;
            return load * _load.Dearness(index) * statistics.ErrorPenalty / Math.Max(ShareMin, statistics.ShareAt(now));
        }
    }
}
