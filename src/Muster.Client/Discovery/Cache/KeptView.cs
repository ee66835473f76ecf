using System.Collections.Immutable;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Discovery.Cache;

/// <summary>The instances of a service as they are kept on disk.</summary>
/// <param name="Service">The service.</param>
/// <param name="StoreId">The store that they came from.</param>
/// <param name="Age">How long ago they were kept, by the wall clock; zero for those that are about to be.</param>
/// <param name="Instances">Ordered by id.</param>
internal sealed record KeptView(ServiceKey Service, string StoreId, TimeSpan Age, ImmutableArray<InstanceView> Instances)
{
    /// <summary>The state of an instance as it is kept: what speaks against it. That it was well is old news, so such an instance
    /// comes back UNKNOWN; that it could not serve is too, so it comes back DEGRADED and is tried after the others.</summary>
    public static (Liveness Liveness, Health Health) Mark(SoftState soft) => (
        soft.Liveness == Liveness.Timeout ? Liveness.Timeout : Liveness.Unknown,
        soft.ShownHealth is Health.Degraded or Health.Unhealthy ? Health.Degraded : Health.Unknown);

    /// <summary>Whether two lists look alike on disk: load, and whatever else is not kept, makes no difference.</summary>
    public static bool AreAlike(ImmutableArray<InstanceView> a, ImmutableArray<InstanceView> b)
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (!AreAlike(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }

    // Nearly always the same object: a view shares all records that did not change with the one before.
    private static bool AreAlike(InstanceView a, InstanceView b) =>
        (ReferenceEquals(a.Record, b.Record) || a.Record.SameContentAs(b.Record)) && Mark(a.Soft) == Mark(b.Soft);
}
