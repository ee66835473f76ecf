using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>Removals for silence: those that a lease's time decides.</summary>
internal static class Silence
{
    /// <summary>One with an active check has its own rule: it never leaves for silence.</summary>
    public static bool IsRemoval(Transition transition) =>
        transition is { Before.Check: null, Removal.Reason: RemovalReason.Expired or RemovalReason.ConnectionLost };
}
