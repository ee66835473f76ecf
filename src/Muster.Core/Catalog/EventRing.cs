using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>The recent events, so that a watch which was away for a moment gets what it missed instead of a snapshot.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="length">How many events are kept.</param>
/// <param name="start">The revision that the catalog started from: what came before is not in here.</param>
public sealed class EventRing(int length, Revision start)
{
    private readonly Queue<CatalogEvent> _events = new();
    private Revision _completeAfter = start;

    /// <summary>Keeps the events of one commit, and drops the oldest ones over the length.</summary>
    public void Add(IReadOnlyList<CatalogEvent> events)
    {
        foreach (var change in events)
        {
            _events.Enqueue(change);
        }

        while (_events.Count > length)
        {
            // Half a commit is worth nothing: once one of its events is gone, the ring is complete only after it.
            _completeAfter = _events.Dequeue().Revision;
        }
    }

    /// <summary>The events of a service after a revision.</summary>
    /// <returns>Null if the ring does not reach back that far.</returns>
    public IReadOnlyList<CatalogEvent>? After(Revision revision, ServiceKey service) => revision < _completeAfter
        ? null
        : _events.Where(e => e.Revision > revision && e.Service == service).ToList();
}
