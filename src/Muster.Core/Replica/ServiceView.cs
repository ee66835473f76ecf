using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Replica;

/// <summary>A service as a consumer sees it at one moment.</summary>
/// <remarks>Immutable; replaced whole by one volatile write.</remarks>
/// <param name="Key">The service.</param>
/// <param name="Knowledge">Whether the registry knows the service, or has not answered yet.</param>
/// <param name="Revision">The last revision delivered whole.</param>
/// <param name="Instances">Ordered by id, so that sequences survive rebuilds.</param>
public sealed record ServiceView(
    ServiceKey Key, ServiceKnowledge Knowledge, Revision Revision, ImmutableArray<InstanceView> Instances)
{
    /// <summary>How old the list was when it was read from this machine's disk, because the registry had not answered; null if the
    /// registry gave it to this process.</summary>
    /// <remarks>By the wall clock, so for people only. Such a list is replaced by the registry's first answer.</remarks>
    public TimeSpan? DiskAge { get; init; }

    /// <summary>Before the first answer.</summary>
    public static ServiceView Pending(ServiceKey key) => new(key, ServiceKnowledge.Pending, Revision.None, []);
}
