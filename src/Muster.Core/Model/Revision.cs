using System.Globalization;

namespace Muster.Core.Model;

/// <summary>The store's number after a commit. Changes of one commit share it.</summary>
/// <param name="Value">Grows by commits; 0 is the empty store, which no commit has.</param>
public readonly record struct Revision(ulong Value) : IComparable<Revision>
{
    /// <summary>Before the first commit. As an expectation: the record must not exist.</summary>
    public static readonly Revision None = new(0);

    /// <summary>The next number.</summary>
    public Revision Next => new(Value + 1);

    /// <inheritdoc />
    public int CompareTo(Revision other) => Value.CompareTo(other.Value);

    /// <summary>Older than.</summary>
    public static bool operator <(Revision left, Revision right) => left.Value < right.Value;

    /// <summary>Newer than.</summary>
    public static bool operator >(Revision left, Revision right) => left.Value > right.Value;

    /// <summary>Older than or the same.</summary>
    public static bool operator <=(Revision left, Revision right) => left.Value <= right.Value;

    /// <summary>Newer than or the same.</summary>
    public static bool operator >=(Revision left, Revision right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
