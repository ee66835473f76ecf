using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Muster.Core;
using Muster.Core.Catalog;

namespace Muster.Registry.Api;

/// <summary>The instances of a service by id, in wire form: encoded once for all who look it up until one of them changes.</summary>
internal sealed class EncodedService
{
    // Goes with the snapshot, so with the next change of the service.
    private static readonly ConditionalWeakTable<ServiceSnapshot, EncodedService> s_kept = [];

    private EncodedService(ServiceSnapshot service) => Instances =
    [
        .. service.Instances.Values
            .OrderBy(i => i.Key.Id, StringComparer.Ordinal)
            .Select(i => new EncodedInstance(i)),
    ];

    public ImmutableArray<EncodedInstance> Instances { get; }

    /// <summary>The service in wire form. A large one is encoded anew each time: it is looked up rarely, and takes much to keep.</summary>
    public static EncodedService Of(ServiceSnapshot service) => service.Instances.Count <= Limits.SnapshotPartInstancesMax
        ? s_kept.GetValue(service, static s => new EncodedService(s))
        : new EncodedService(service);
}
