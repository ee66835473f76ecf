using System.Runtime.CompilerServices;

namespace Muster.Bench.LoadLab.Engine;

/// <summary>What happens when, earliest first; of one instant, what was added first.</summary>
/// <remarks>A binary heap in two arrays, times apart from the rest, so that sifting reads nothing but times. Allocates only to
/// grow.</remarks>
internal sealed class EventQueue
{
    private Key[] _keys = new Key[1024];
    private Happening[] _happenings = new Happening[1024];
    private long _added;

    public int Count { get; private set; }

    /// <summary>When the next happens; <see cref="long.MaxValue"/> if nothing does.</summary>
    public long NextAt => Count == 0 ? long.MaxValue : _keys[0].At;

    public void Add(long at, Happening happening)
    {
        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, Count * 2);
            Array.Resize(ref _happenings, Count * 2);
        }

        var key = new Key(at, _added++);
        var index = Count++;
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (!key.IsBefore(_keys[parent]))
            {
                break;
            }

            Move(parent, index);
            index = parent;
        }

        _keys[index] = key;
        _happenings[index] = happening;
    }

    public Happening Take()
    {
        var first = _happenings[0];
        Count--;
        if (Count > 0)
        {
            SinkFromTop(_keys[Count], _happenings[Count]);
        }

        return first;
    }

    private void SinkFromTop(Key key, Happening happening)
    {
        var index = 0;
        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _keys[child + 1].IsBefore(_keys[child]))
            {
                child++;
            }

            if (!_keys[child].IsBefore(key))
            {
                break;
            }

            Move(child, index);
            index = child;
        }

        _keys[index] = key;
        _happenings[index] = happening;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Move(int from, int to)
    {
        _keys[to] = _keys[from];
        _happenings[to] = _happenings[from];
    }

    private readonly record struct Key(long At, long Order)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(Key other) => At < other.At || (At == other.At && Order < other.Order);
    }
}
