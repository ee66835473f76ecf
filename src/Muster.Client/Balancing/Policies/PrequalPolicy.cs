using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>A pool of probes, and the hot-cold rule: of those that are not hot the one with the lowest latency; if all are hot, the one
/// with the fewest requests in flight.</summary>
/// <remarks>
/// Prequal (Wydrowski, Kleinberg, Rumble, Archer, NSDI 2024). Each call sends three probes to random candidates; their answers go
/// into a pool of at most 16, and at most a quarter of the candidates. The reports that responses bring do not: they are of those that were
/// called, which would be called again for them, and where nobody answers probes by nobody but them. An answer is hot if its
/// requests in flight are above the 0.6 quantile of the pool. It is used a few times (by the paper's formula), for 1 s at most; each call also
/// removes the oldest or the worst, in turns, or what nobody wants would fill the pool. An answer counts what was sent since. One that
/// shows no latency is taken to have the median of the pool; where none shows any, requests in flight alone decide.
/// <para>With fewer than two answers in the pool, and for fewer than 8 candidates, for which the formula is not made, it is
/// <see cref="PolicyNames.LeastRequest"/>.</para>
/// </remarks>
internal sealed class PrequalPolicy : IBalancingPolicy
{
    internal const int ProbesPerCall = 3;
    internal const int CandidatesMin = 8;

    private readonly LeastRequestPolicy _fallback = new();

    public string Name => PolicyNames.Prequal;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => candidates.Length < CandidatesMin
        ? _fallback.CreatePicker(candidates)
        : new Picker(candidates, _fallback.CreatePicker(candidates));

    private sealed class Picker(ImmutableArray<Candidate> candidates, IPicker fallback) : IProbingPicker
    {
        // Guards the pool, which every call reads and writes. A few dozen comparisons are done under it.
        private readonly Lock _lock = new();
        private readonly ProbePool _pool = new([.. candidates.Select(c => c.Statistics)], ProbesPerCall);

        public int Pick(in PickContext context)
        {
            lock (_lock)
            {
                var index = _pool.Take(context.Now, context.Random);
                return index < 0 || !candidates[0].Statistics.AreReportsBelievedAt(context.Now) ? fallback.Pick(context) : index;
            }
        }

        public int ChooseProbes(in PickContext context, Span<int> targets)
        {
            if (!candidates[0].Statistics.AreReportsBelievedAt(context.Now))
            {
                // The answers would not be used.
                return 0;
            }

            lock (_lock)
            {
                for (var i = 0; i < ProbesPerCall; i++)
                {
                    targets[i] = context.Random.Below(candidates.Length);
                    _pool.Expect(targets[i], context.Now);
                }
            }

            return ProbesPerCall;
        }

        public string Explain(int index, in PickContext context)
        {
            var statistics = candidates[index].Statistics;
            if (!statistics.AreReportsBelievedAt(context.Now))
            {
                return $"reports are not believed, so as least_request: {fallback.Explain(index, context)}";
            }

            lock (_lock)
            {
                if (_pool.Count < 2)
                {
                    return $"{_pool.Count} probes in the pool, too few, so as least_request: {fallback.Explain(index, context)}";
                }

                // Its answer was used up or is out of the pool by now, but it was the candidate's newest.
                var pool = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_pool.Count} probes in the pool, {_pool.Hot} of them hot with more than {_pool.HotBound:0.##} in flight");
                return statistics.Load is not { OthersInFlight: { } others } answer
                    ? $"{pool}, none of this one"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{pool}: {Latency(answer)}, {Figures.InFlightBefore(statistics, context) + others:0.##} in flight"
                        + $"{Figures.Penalty(statistics, context.Now)}, answer {Figures.Age(answer.At, context.Now)}");
            }
        }

        private static string Latency(ReportedLoad answer) => answer.LatencyMilliseconds is { } latency
            ? string.Create(CultureInfo.InvariantCulture, $"{latency:0.###} ms")
            : "latency not known";
    }
}
