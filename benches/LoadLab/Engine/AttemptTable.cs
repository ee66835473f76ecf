namespace Muster.Bench.LoadLab.Engine;

/// <summary>Attempts under way, by number; a number is used again when its attempt is over.</summary>
internal sealed class AttemptTable
{
    private const int None = -1;

    private Attempt[] _slots = new Attempt[4096];
    private int _free = None;
    private int _used;

    public ref Attempt this[int attempt] => ref _slots[attempt];

    public int Add(in Attempt attempt)
    {
        var slot = _free;
        if (slot == None)
        {
            slot = _used++;
            if (slot == _slots.Length)
            {
                Array.Resize(ref _slots, slot * 2);
            }
        }
        else
        {
            _free = _slots[slot].NextFree;
        }

        _slots[slot] = attempt;
        return slot;
    }

    public void Remove(int attempt)
    {
        _slots[attempt] = new Attempt { NextFree = _free };
        _free = attempt;
    }
}
