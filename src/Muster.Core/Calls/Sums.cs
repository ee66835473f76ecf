namespace Muster.Core.Calls;

/// <summary>Sums of figures that others send: they stop at the largest number instead of beginning anew at zero.</summary>
internal static class Sums
{
    public static ulong Add(ulong a, ulong b) => a > ulong.MaxValue - b ? ulong.MaxValue : a + b;

    /// <summary>Takes back what was added, as far as it is there: a sum that had stopped holds less than its parts.</summary>
    public static ulong Subtract(ulong a, ulong b) => a < b ? 0 : a - b;
}
