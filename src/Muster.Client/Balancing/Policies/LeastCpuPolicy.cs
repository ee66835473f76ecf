using System.Collections.Immutable;

namespace Muster.Client.Balancing.Policies;

/// <summary>The candidate with the lowest expected CPU, made safe against stale figures.</summary>
/// <remarks>
/// The score of a candidate, of which the lowest is picked (equal ones at random):
/// <code>
/// trust = 1 while the report is at most 5 s old, then falling in a straight line to 0 at 10 s; 0 without a report
/// cpu   = trust × reported + (1 − trust) × mean
/// own   = trust × sends since the report + (1 − trust) × mean of these
/// score = cpu + 0.01 × own
/// </code>
/// The means are weighted by trust, so they are those of the candidates that report. Where nobody does, <c>own</c> is the
/// number of calls in flight from here, and the policy is least_request over what it looks at.
/// <para>Why own sends count: a report is a picture of the past. All picks until the next one would go to the instance that
/// looked idle when it was taken, which then is the busiest. "Sends since the report" are those that had not ended when it was
/// made, so a long call counts for as long as no report shows it.</para>
/// <para>Why not always all: up to 32 candidates are compared, of more a random eight. Every client sees the same
/// reports; if all of them picked the same minimum, they would be a herd, however well each counts its own sends.</para>
/// </remarks>
internal sealed class LeastCpuPolicy : IBalancingPolicy
{
    /// <summary>Up to here every candidate is looked at: 32 cost some 100 ns.</summary>
    internal const int ScanMax = 32;

    /// <summary>Of more candidates, this many random ones are looked at.</summary>
    internal const int Sample = 8;

    /// <summary>What one send is taken to add, as a share of an instance's CPU: a hundred calls at a time keep it busy.</summary>
    internal const double UtilizationPerSend = 0.01;

    /// <summary>Reports are believed until here. An idle provider reports with its heartbeat only, every 3.3 s by default.</summary>
    internal static readonly TimeSpan TrustedAge = TimeSpan.FromSeconds(5);

    /// <summary>From here on a report says nothing: three heartbeats were missed.</summary>
    internal static readonly TimeSpan WorthlessAge = TimeSpan.FromSeconds(10);

    public string Name => PolicyNames.LeastCpu;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) =>
        new Picker([.. candidates.Select(c => c.Statistics)]);

    private static double Trust(TimeSpan age) => age <= TrustedAge
        ? 1
        : Math.Max(0, (WorthlessAge - age) / (WorthlessAge - TrustedAge));

    private struct Figures
    {
        public int Index;
        public double Trust;
        public double Cpu;
        public double Own;
    }

    private sealed class Picker(InstanceStatistics[] candidates) : IPicker
    {
        public int Pick(in PickContext context)
        {
            if (candidates.Length == 1)
            {
                return 0;
            }

            var all = candidates.Length <= ScanMax;
            Span<Figures> figures = stackalloc Figures[ScanMax];
            figures = figures[..(all ? candidates.Length : Sample)];
            var (trust, cpu, own) = (0.0, 0.0, 0.0);
            for (var i = 0; i < figures.Length; i++)
            {
                ref var figure = ref figures[i];
                Read(ref figure, all ? i : context.Random.Below(candidates.Length), context.Now);
                trust += figure.Trust;
                cpu += figure.Trust * figure.Cpu;
                own += figure.Trust * figure.Own;
            }

            return trust > 0
                ? Lowest(figures, cpu / trust, own / trust, context.Random)
                : FewestInFlight(figures, context.Random);
        }

        private void Read(ref Figures figure, int index, TimeSpan now)
        {
            figure = default;
            figure.Index = index;
            var statistics = candidates[index];
            if (statistics.Load is { } load && (load.Report.CpuUtilization ?? load.Report.ApplicationUtilization) is { } cpu)
            {
                figure.Trust = Trust(now - load.At);
                figure.Cpu = cpu;
                figure.Own = statistics.SendsSince(load);
            }
        }

        private static int Lowest(ReadOnlySpan<Figures> figures, double meanCpu, double meanOwn, PickRandom random)
        {
            var choice = new LowestOf(random);
            foreach (ref readonly var figure in figures)
            {
                var cpu = meanCpu + (figure.Trust * (figure.Cpu - meanCpu));
                var own = meanOwn + (figure.Trust * (figure.Own - meanOwn));
                choice.Offer(figure.Index, cpu + (UtilizationPerSend * own));
            }

            return choice.Index;
        }

        private int FewestInFlight(ReadOnlySpan<Figures> figures, PickRandom random)
        {
            var choice = new LowestOf(random);
            foreach (ref readonly var figure in figures)
            {
                choice.Offer(figure.Index, candidates[figure.Index].InFlight);
            }

            return choice.Index;
        }
    }

    // Keeps the lowest; of k equal ones each is kept with probability 1/k (reservoir sampling).
    private ref struct LowestOf(PickRandom random)
    {
        private double _lowest = double.PositiveInfinity;
        private int _equal;

        public int Index { get; private set; }

        public void Offer(int index, double score)
        {
            if (score > _lowest)
            {
                return;
            }

            _equal = score < _lowest ? 1 : _equal + 1;
            if (_equal == 1 || random.Below(_equal) == 0)
            {
                _lowest = score;
                Index = index;
            }
        }
    }
}
