using System.Globalization;

namespace Muster.Core.Model;

/// <summary>Names a lease, and proves that its bearer owns it. Never reused.</summary>
/// <param name="Value">Random, so that it cannot be guessed; 0 is no lease.</param>
public readonly record struct LeaseId(ulong Value)
{
    /// <summary>No lease.</summary>
    public static readonly LeaseId None = new(0);

    /// <summary>Sixteen hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
