namespace Muster.Bench.LoadLab.Engine;

/// <summary>Things that come out a fixed time after they went in: a network, a deadline.</summary>
/// <remarks>What goes in first comes out first, so a ring does what a heap would do, in constant time.</remarks>
internal sealed class DelayLine<T>(long delayTicks)
{
    private (long At, T Item)[] _ring = new (long, T)[1024];
    private int _first;

    public int Count { get; private set; }

    /// <summary>When the next comes out; <see cref="long.MaxValue"/> if none does.</summary>
    public long NextAt => Count == 0 ? long.MaxValue : _ring[_first].At;

    public void Add(long nowTicks, T item)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_first + Count++) & (_ring.Length - 1)] = (nowTicks + delayTicks, item);
    }

    public T Take()
    {
        var item = _ring[_first].Item;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return item;
    }

    private void Grow()
    {
        var grown = new (long, T)[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            grown[i] = _ring[(_first + i) & (_ring.Length - 1)];
        }

        (_ring, _first) = (grown, 0);
    }
}
