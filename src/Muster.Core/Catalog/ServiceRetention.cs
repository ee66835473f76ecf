using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>Remembers since when services have no instances, and says which may be forgotten.</summary>
/// <remarks>Not thread-safe. Holds at most one entry per known service, which the registry bounds.</remarks>
public sealed class ServiceRetention
{
    private readonly Dictionary<ServiceKey, TimeSpan> _emptySince = [];

    /// <summary>Notes services that are empty from the start: after a restart each gets the full time again.</summary>
    public void Start(CatalogSnapshot snapshot, TimeSpan now)
    {
        foreach (var service in snapshot.Services.Values.Where(s => s.Instances.IsEmpty))
        {
            _emptySince[service.Key] = now;
        }
    }

    /// <summary>Follows the catalog.</summary>
    /// <param name="events">What changed.</param>
    /// <param name="after">The snapshot after it.</param>
    /// <param name="now">The monotonic time.</param>
    public void Observe(IReadOnlyList<CatalogEvent> events, CatalogSnapshot after, TimeSpan now)
    {
        foreach (var change in events)
        {
            if (after.Services.TryGetValue(change.Service, out var service) && service.Instances.IsEmpty)
            {
                _emptySince.TryAdd(change.Service, now);
            }
            else
            {
                _emptySince.Remove(change.Service);
            }
        }
    }

    /// <summary>Services that have been empty for <see cref="Limits.KnownServiceRetention"/>.</summary>
    public IReadOnlyList<ServiceKey> Due(TimeSpan now) =>
        [.. _emptySince.Where(e => now - e.Value >= Limits.KnownServiceRetention).Select(e => e.Key)];
}
