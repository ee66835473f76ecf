using Muster.Core.Model;

namespace Muster.Client.Balancing;

/// <summary>Which instances may be picked: those of the best rank that anybody has.</summary>
/// <remarks>
/// Ranks, best first: 0 healthy or unknown, 1 degraded, 2 timed out (the registry may be the one that lost touch), then the
/// same three once more for instances that refused a connection not long ago. An instance of a lower rank is picked only when
/// no better one is left, so a wrong suspicion never takes the last instance away.
/// </remarks>
internal static class Eligibility
{
    private const int Tiers = 3;

    /// <summary>The rank of an instance; null is never to be picked.</summary>
    /// <param name="status">How it stands.</param>
    /// <param name="isSetAside">Whether it refused a connection not long ago.</param>
    public static int? Rank(InstanceStatus status, bool isSetAside) =>
        status.Tier() is { } tier ? tier + (isSetAside ? Tiers : 0) : null;
}
