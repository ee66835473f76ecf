using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>The candidate with the lowest expected CPU, made safe against stale figures.</summary>
/// <remarks>
/// The lowest score is picked, equal ones at random:
/// <code>
/// score = reported CPU (1 is all of it) + 0.1 × own sends that the report does not show
/// </code>
/// <para>An instance that fails, or turns calls away, is dearer by <see cref="InstanceStatistics.ErrorPenaltyAt"/>: it looks idle because of
/// it.</para>
/// <para>Why own sends count: a report is a picture of the past. Without them all picks until the next one would go to the
/// instance that looked idle when it was taken, which then is the busiest. A report shows the sends that had ended when it was
/// made; a long call counts for as long as no report shows it.</para>
/// <para>Without a usable report an instance is taken for an average one: it gets the score of a random one of those that
/// report, so it is picked about as often as they are on average. (The plain mean would be picked either never, or, once own
/// sends have levelled the others above it, always: nothing it does changes it.) A report counts fully for 5 s, then with a
/// chance that falls in a straight line to none at 10 s. Where nobody reports, the fewest calls in flight from here
/// decide, as in <see cref="LeastRequestPolicy"/>.</para>
/// <para>Why not always all: up to 32 candidates are compared. Where there are more, there are many callers too, who all see the same
/// reports, of a CPU that was averaged over a time in which an instance answers many calls: whoever they agree on is run over.
/// So of two random ones the one with the lower score is only more likely, in the proportion of (0.5 + score)²: a preference that settles
/// instead of swinging.</para>
/// </remarks>
internal sealed class LeastCpuPolicy : IBalancingPolicy
{
    /// <summary>Up to here every candidate is looked at: 32 cost some 100 ns.</summary>
    internal const int ScanMax = 32;

    /// <summary>Of more candidates, this many random ones are looked at, two different ones.</summary>
    internal const int Sample = 2;

    /// <summary>How gently the lower of two is preferred. Among all, a share by 1 / (0.5 + load)² of two answers a rise of load by a smaller
    /// fall of traffic (0.6 of it at a load of 0.8), so it dies away; one in proportion to what is free (1 - load) answers by four times
    /// as much, and swings.</summary>
    internal const double Gentleness = 0.5;

    /// <summary>What one send is taken to add, as a share of an instance's CPU: ten calls at a time keep it busy. A figure of CPU is an
    /// average of the past, in which hundreds may have been sent; what is on its way now has to weigh more than the noise of
    /// such figures, or all callers follow them from one instance to the next.</summary>
    internal const double UtilizationPerSend = 0.1;

    /// <summary>Reports are believed until here. An idle provider reports with its heartbeat only, every 3.3 s by default.</summary>
    internal static readonly TimeSpan TrustedAge = TimeSpan.FromSeconds(5);

    /// <summary>From here on a report says nothing: three heartbeats were missed.</summary>
    internal static readonly TimeSpan WorthlessAge = TimeSpan.FromSeconds(10);

    public string Name => PolicyNames.LeastCpu;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) =>
        new Picker([.. candidates.Select(c => c.Statistics)]);

    private sealed class Picker(InstanceStatistics[] candidates) : IPicker
    {
        // Where a candidate has no score of its own.
        private const double None = -1;

        public int Pick(in PickContext context)
        {
            var isWhole = candidates.Length <= ScanMax;
            Span<int> indices = stackalloc int[isWhole ? candidates.Length : Sample];
            Span<double> scores = stackalloc double[indices.Length];
            Span<double> reported = stackalloc double[indices.Length];
            Draw(indices, isWhole, context.Random);
            if (!candidates[0].AreReportsBelievedAt(context.Now))
            {
                return FewestInFlight(indices, context);
            }

            var reporting = 0;
            for (var i = 0; i < indices.Length; i++)
            {
                scores[i] = Score(candidates[indices[i]], context);
                if (scores[i] != None)
                {
                    reported[reporting++] = scores[i];
                }
            }

            if (reporting == 0)
            {
                return FewestInFlight(indices, context);
            }

            return isWhole
                ? Lowest(indices, scores, reported[..reporting], context.Random)
                : LikelyLower(indices, scores, reported[0], context.Random);
        }

        public string Explain(int index, in PickContext context)
        {
            var (statistics, now) = (candidates[index], context.Now);
            var looked = candidates.Length <= ScanMax ? "the lowest" : "the likelier of two random ones";
            var isCounted = context.IsCounted;
            var all = candidates.Where(c => Utilization(c, now) is not null).Select(c => ScoreOf(c, isCounted && c == statistics, now)).ToList();
            if (Utilization(statistics, now) is { } cpu)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"score {ScoreOf(statistics, isCounted, now):0.###} ({cpu * 100:0.#} % CPU and {Sends(statistics, isCounted)} own "
                    + $"sends since{Figures.Penalty(statistics, now)}), {looked}; {Figures.Range(all)}, {Figures.ReportAge(statistics, now)}");
            }

            var report = $"no usable CPU ({Figures.ReportAge(statistics, now)})";
            return all.Count > 0
                ? $"{report}, so taken for an average one; {Figures.Range(all)}"
                : $"{report}, as with all: {Figures.InFlightBefore(statistics, context)} in flight from here{Figures.Penalty(statistics, now)}, "
                    + $"the fewest; {Figures.InFlightRange(candidates, index, context)}, counted now";
        }

        private static double? Utilization(InstanceStatistics statistics, TimeSpan now) =>
            statistics.Load is { } load && now - load.At < WorthlessAge && statistics.AreReportsBelievedAt(now)
                ? load.Report.CpuUtilization ?? load.Report.ApplicationUtilization
                : null;

        private static double ScoreOf(InstanceStatistics statistics, bool isCounted, TimeSpan now) => Penalized(
            Utilization(statistics, now)!.Value + (UtilizationPerSend * Sends(statistics, isCounted)), statistics.ErrorPenaltyAt(now));

        private static uint Sends(InstanceStatistics statistics, bool isCounted) =>
            statistics.SendsSince(statistics.Load!) is var sends && isCounted && sends > 0 ? sends - 1 : sends;

        private static double Score(InstanceStatistics statistics, in PickContext context) =>
            statistics.Load is { } load
            && (load.Report.CpuUtilization ?? load.Report.ApplicationUtilization) is { } cpu
            && IsBelieved(context.Now - load.At, context.Random)
                ? Penalized(cpu + (UtilizationPerSend * statistics.SendsSince(load)), statistics.ErrorPenaltyAt(context.Now))
                : None;

        // What fails at once uses no CPU, so the next send counts too before it is multiplied: nothing times eleven is nothing.
        private static double Penalized(double score, double penalty) =>
            penalty == 1 ? score : ((score + UtilizationPerSend) * penalty) - UtilizationPerSend;

        private static bool IsBelieved(TimeSpan age, PickRandom random) => age <= TrustedAge
            || (age < WorthlessAge && random.NextDouble() < (WorthlessAge - age) / (WorthlessAge - TrustedAge));

        private static int Lowest(
            ReadOnlySpan<int> indices, ReadOnlySpan<double> scores, ReadOnlySpan<double> reported, PickRandom random)
        {
            var choice = new LowestOf(random);
            for (var i = 0; i < indices.Length; i++)
            {
                choice.Offer(indices[i], scores[i] == None ? reported[random.Below(reported.Length)] : scores[i]);
            }

            return choice.Index;
        }

        private static int LikelyLower(ReadOnlySpan<int> indices, ReadOnlySpan<double> scores, double reported, PickRandom random)
        {
            var first = Gentleness + (scores[0] == None ? reported : scores[0]);
            var second = Gentleness + (scores[1] == None ? reported : scores[1]);
            return indices[random.NextDouble() * ((first * first) + (second * second)) < second * second ? 0 : 1];
        }

        private void Draw(Span<int> indices, bool isWhole, PickRandom random)
        {
            if (!isWhole)
            {
                (indices[0], indices[1]) = random.TwoBelow(candidates.Length);
                return;
            }

            for (var i = 0; i < indices.Length; i++)
            {
                indices[i] = i;
            }
        }

        private int FewestInFlight(ReadOnlySpan<int> indices, in PickContext context)
        {
            var choice = new LowestOf(context.Random);
            foreach (var index in indices)
            {
                choice.Offer(index, (candidates[index].InFlight + 1) * candidates[index].ErrorPenaltyAt(context.Now));
            }

            return choice.Index;
        }
    }
}
