using Muster.Core.Model;

namespace Muster.Core.Sessions;

/// <summary>What the lease table decided. A closed set: the nested types are all there are.</summary>
public abstract record LeaseOutput
{
    /// <summary>The instances of the lease are alive, or timed out.</summary>
    public sealed record LivenessChanged(LeaseId Lease, Liveness Liveness) : LeaseOutput;

    /// <summary>The lease ran out and is forgotten here; its instances are to be removed.</summary>
    /// <param name="Lease">The lease.</param>
    /// <param name="Reason">Lost stream or silence.</param>
    /// <param name="Signs">What was seen of it last.</param>
    public sealed record Expired(LeaseId Lease, RemovalReason Reason, LeaseSigns Signs) : LeaseOutput;

    /// <summary>The mass-expiry guard began or ended.</summary>
    public sealed record Guard(GuardNotice Notice) : LeaseOutput;
}
