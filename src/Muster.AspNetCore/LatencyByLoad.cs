using System.Numerics;

namespace Muster.AspNetCore;

/// <summary>How long requests took, kept apart by how many ran when they came: an average over all loads would say of a
/// server that has just become idle that it is slow.</summary>
/// <remarks>Thread-safe without locks: two requests that end in the same instant may lose one figure, which a moving average
/// does not miss.</remarks>
internal sealed class LatencyByLoad
{
    // A request counts for a tenth: the figure follows a change within some twenty requests of the same load.
    private const double Share = 0.1;

    // By powers of two: 1, 2-3, 4-7, ... 32,768 and more.
    private readonly double[] _milliseconds = new double[16];

    public LatencyByLoad() => Array.Fill(_milliseconds, double.NaN);

    public void Add(long inFlight, double milliseconds)
    {
        ref var slot = ref _milliseconds[SlotOf(inFlight)];
        var old = Volatile.Read(ref slot);
        Volatile.Write(ref slot, double.IsNaN(old) ? milliseconds : old + (Share * (milliseconds - old)));
    }

    /// <summary>The figure of the load closest to this one; null if there is none at all.</summary>
    public double? Near(long inFlight)
    {
        var slot = SlotOf(inFlight);
        for (var distance = 0; distance < _milliseconds.Length; distance++)
        {
            if (Read(slot - distance) is { } below)
            {
                return below;
            }

            if (Read(slot + distance) is { } above)
            {
                return above;
            }
        }

        return null;
    }

    private double? Read(int slot)
    {
        if (slot < 0 || slot >= _milliseconds.Length)
        {
            return null;
        }

        var value = Volatile.Read(ref _milliseconds[slot]);
        return double.IsNaN(value) ? null : value;
    }

    private int SlotOf(long inFlight) =>
        Math.Min(BitOperations.Log2((ulong)Math.Max(1, inFlight)), _milliseconds.Length - 1);
}
