namespace Muster.Client.Picking;

/// <summary>What one side of a traffic split has to offer.</summary>
/// <param name="Pool">Who may be picked.</param>
/// <param name="ReviewAt">When time alone changes it.</param>
/// <param name="Excluded">Who is left out, and why.</param>
/// <param name="CallableCount">Instances of this side that may be called, as far as the registry goes.</param>
internal readonly record struct SideChoice(Pool Pool, TimeSpan ReviewAt, Exclusions Excluded, int CallableCount);
