namespace Muster.Bench.LoadLab.Engine;

/// <summary>Attempts that wait for a core of one server, in the order in which they came.</summary>
internal sealed class WorkQueue
{
    private int[] _ring = new int[64];
    private int _first;

    public int Count { get; private set; }

    public void Add(int attempt)
    {
        if (Count == _ring.Length)
        {
            var grown = new int[_ring.Length * 2];
            for (var i = 0; i < Count; i++)
            {
                grown[i] = _ring[(_first + i) & (_ring.Length - 1)];
            }

            (_ring, _first) = (grown, 0);
        }

        _ring[(_first + Count++) & (_ring.Length - 1)] = attempt;
    }

    public int Take()
    {
        var attempt = _ring[_first];
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return attempt;
    }
}
