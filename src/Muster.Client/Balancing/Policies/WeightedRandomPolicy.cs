using System.Collections.Immutable;
using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>Any candidate, in proportion to its weight.</summary>
/// <remarks>Alias method (Vose 1991): a table built once per list of candidates, then one look-up per pick, whatever the
/// weights and however many there are.</remarks>
internal sealed class WeightedRandomPolicy : IBalancingPolicy
{
    public string Name => PolicyNames.WeightedRandom;

    public IPicker CreatePicker(ImmutableArray<Candidate> candidates) => new Picker(Build(candidates), candidates);

    // Every column is as high as the mean weight: it holds its own candidate up to `Own`, and above that the alias, which had
    // too much. Weights are whole numbers scaled by the count, so the table is exact.
    private static Column[] Build(ImmutableArray<Candidate> candidates)
    {
        long total = 0;
        foreach (var candidate in candidates)
        {
            total += candidate.Weight;
        }

        var columns = new Column[candidates.Length];
        var left = new long[candidates.Length];
        var (small, large) = (new Stack<int>(), new Stack<int>());
        for (var i = 0; i < columns.Length; i++)
        {
            left[i] = (long)candidates[i].Weight * columns.Length;
            (left[i] < total ? small : large).Push(i);
        }

        while (small.TryPop(out var poor))
        {
            var rich = large.Peek();
            columns[poor] = new Column((double)left[poor] / total, rich);
            left[rich] -= total - left[poor];
            if (left[rich] < total)
            {
                small.Push(large.Pop());
            }
        }

        while (large.TryPop(out var whole))
        {
            columns[whole] = new Column(1, whole);
        }

        return columns;
    }

    private readonly record struct Column(double Own, int Alias);

    private sealed class Picker(Column[] columns, ImmutableArray<Candidate> candidates) : IPicker
    {
        public int Pick(in PickContext context)
        {
            var index = context.Random.Below(columns.Length);
            ref readonly var column = ref columns[index];
            return context.Random.NextDouble() < column.Own ? index : column.Alias;
        }

        public string Explain(int index, in PickContext context)
        {
            var (weight, total) = (candidates[index].Weight, candidates.Sum(c => (long)c.Weight));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"at random by weight {weight} of {total} ({100.0 * weight / total:0.#} %); "
                + $"{Figures.Range(candidates.Select(c => (double)c.Weight))}, the registry's");
        }
    }
}
