namespace Muster.Client.Balancing.Policies;

/// <summary>Keeps the lowest of what it is offered; of k equal ones each with probability 1/k (reservoir sampling).</summary>
internal ref struct LowestOf(PickRandom random)
{
    private double _lowest = double.PositiveInfinity;
    private int _equal;

    public int Index { get; private set; }

    /// <summary>Whether anything was offered.</summary>
    public readonly bool HasAny => _equal > 0;

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
