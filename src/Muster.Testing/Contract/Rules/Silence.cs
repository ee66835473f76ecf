using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>Removals for silence: those that a lease's time decides.</summary>
internal static class Silence
{
    public static bool IsRemoval(Transition transition) =>
        transition.Removal is { Reason: RemovalReason.Expired or RemovalReason.ConnectionLost };
}
