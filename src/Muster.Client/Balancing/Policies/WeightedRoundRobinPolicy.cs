using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Muster.Client.Balancing.Policies;

/// <summary>One after the other, those more often that do more for the same utilisation.</summary>
/// <remarks>
/// gRFC A58: weight = rate / (utilisation + errors / rate × 1), from load reports; the application's own utilisation where it says one,
/// else CPU. Weights are looked at once a second. A report counts from 10 s after an instance's first one on, and for 3 min. An
/// instance without a usable weight gets the mean, in proportion to its weight in the registry; without two usable ones, the registry's
/// weights alone decide (A58 would go round in equal turns, which overloads slow hosts until the first weights are in). Weights are
/// held within a tenth and ten times their mean, as gRPC does.
/// <para>The turns are those of A58's static stride scheduler: no lock, whatever the number of candidates.</para>
/// </remarks>
internal sealed class WeightedRoundRobinPolicy(PickRandom random) : IBalancingPolicy
{
    internal static readonly TimeSpan UpdatePeriod = TimeSpan.FromSeconds(1);

    private readonly Sequence _sequence = new(random);

    // By instance, so that its history survives a change of the candidates.
    private readonly ConditionalWeakTable<InstanceStatistics, UtilizationWeight> _weights = [];

    /// <summary>Fires when a picker has looked at its weights, on the thread of the pick that did. Must not block.</summary>
    public event Action<WeightUpdate>? Updated;

    public string Name => PolicyNames.WeightedRoundRobin;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(
        this, candidates, [.. candidates.Select(c => _weights.GetOrCreateValue(c.Statistics))]);

    private sealed class Picker(WeightedRoundRobinPolicy policy, ImmutableArray<Candidate> candidates, UtilizationWeight[] weights) : IPicker
    {
        private readonly Lock _updating = new();
        private volatile StaticStride? _stride;
        private long _updateAtTicks = long.MinValue;

        public int Pick(in PickContext context)
        {
            if (context.Now.Ticks >= Volatile.Read(ref _updateAtTicks))
            {
                Update(context.Now);
            }

            return _stride!.Next(policy._sequence);
        }

        public string Explain(int index, in PickContext context)
        {
            var now = context.Now;
            var usable = weights.Select(w => w.At(now)).OfType<double>().ToList();
            var report = weights[index].LastAt is { } at ? $"report {Figures.Age(at, now)}" : "no report";
            if (weights[index].At(now) is { } weight && usable.Count > 1)
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"its turn by weight {weight:0.###} from its reports; {Figures.Range(usable)}, {report}");
            }

            var why = usable.Count > 1 ? "the mean by its" : "fewer than two have a usable one, so by the";
            return $"its turn, {why} weight {candidates[index].Weight} in the registry; "
                + $"{Figures.Range(candidates.Select(c => (double)c.Weight))}, {report}";
        }

        private void Update(TimeSpan now)
        {
            // Whoever comes while another works goes on with the old weights; the first one ever has to wait.
            lock (_updating)
            {
                if (now.Ticks < _updateAtTicks)
                {
                    return;
                }

                _stride = new StaticStride(Usable(now));
                Volatile.Write(ref _updateAtTicks, (now + UpdatePeriod).Ticks);
            }
        }

        private double[] Usable(TimeSpan now)
        {
            var usable = new double[candidates.Length];
            var (sum, count, registered) = (0.0, 0, 0.0);
            for (var i = 0; i < usable.Length; i++)
            {
                weights[i].Take(candidates[i].Statistics.Load, now);
                usable[i] = weights[i].At(now) ?? 0;
                sum += usable[i];
                count += usable[i] > 0 ? 1 : 0;
                registered += candidates[i].Weight;
            }

            policy.Updated?.Invoke(new WeightUpdate(
                count < 2, weights.Count(w => w.IsNotYetUsable(now)), weights.Count(w => w.IsStale(now)), [.. usable]));
            var mean = count < 2 ? 0 : sum / count;
            for (var i = 0; i < usable.Length; i++)
            {
                var own = candidates[i].Weight * usable.Length / registered;
                usable[i] = mean == 0 ? own : usable[i] > 0 ? usable[i] : mean * own;
            }

            return usable;
        }
    }
}
