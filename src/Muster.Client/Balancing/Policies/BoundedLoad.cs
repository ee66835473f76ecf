using System.Globalization;

namespace Muster.Client.Balancing.Policies;

/// <summary>How many calls a candidate may have when calls are kept together by hash: consistent hashing with bounded loads (Mirrokni,
/// Thorup, Zadimoghaddam 2016), a quarter above its share of all that are in flight.</summary>
internal sealed class BoundedLoad
{
    private const double Factor = 1.25;

    /// <summary>Up to here calls in flight are summed; of more candidates, this many random ones stand for all.</summary>
    private const int ExactMax = 128;

    private readonly InstanceStatistics[] _candidates;
    private readonly double[] _shares;

    public BoundedLoad(IReadOnlyList<Candidate> candidates)
    {
        var total = candidates.Sum(c => (double)c.Weight);
        _candidates = [.. candidates.Select(c => c.Statistics)];
        _shares = [.. candidates.Select(c => c.Weight / total)];
    }

    /// <summary>All calls in flight, the one that is about to be sent included.</summary>
    public double Total(PickRandom random)
    {
        long sum = 0;
        if (_candidates.Length <= ExactMax)
        {
            foreach (var candidate in _candidates)
            {
                sum += candidate.InFlight;
            }

            return sum + 1;
        }

        for (var i = 0; i < ExactMax; i++)
        {
            sum += _candidates[random.Below(_candidates.Length)].InFlight;
        }

        return ((double)sum * _candidates.Length / ExactMax) + 1;
    }

    /// <summary>Whether a candidate may take one more.</summary>
    public bool HasRoom(int index, double total) => _candidates[index].InFlight < Bound(index, total);

    /// <summary>Says how full a candidate is.</summary>
    /// <param name="index">The one that was picked.</param>
    /// <param name="context">The context of that pick.</param>
    /// <param name="before">How many come before it for this call.</param>
    public string Explain(int index, in PickContext context, int before)
    {
        var total = _candidates.Sum(c => (long)c.InFlight) + (context.IsCounted ? 0 : 1);
        var whose = context.Affinity is null ? "belongs to nothing, so anybody's"
            : before == 0 ? "the first for what the call belongs to"
            : $"passed on by {before} that come before it and were full";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{whose}: {Figures.InFlightBefore(_candidates[index], context)} in flight from here of at most {Bound(index, total):0}; "
            + $"{Figures.InFlightRange(_candidates, index, context)}, counted now");
    }

    private double Bound(int index, double total) => Math.Ceiling(Factor * total * _shares[index]);
}
