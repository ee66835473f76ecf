using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry;

/// <summary>What left, when and why: a projection of the catalog's events, begun with the store's tombstones.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Removals
{
    // Guards the history: the catalog feed adds, calls read.
    private readonly Lock _lock = new();
    private RemovalHistory _history = new();

    public void Start(IReadOnlyList<RemovalRecord> removals)
    {
        lock (_lock)
        {
            _history = new RemovalHistory();
            foreach (var removal in removals)
            {
                _history.Add(removal);
            }
        }
    }

    public void Observe(IReadOnlyList<CatalogEvent> events)
    {
        lock (_lock)
        {
            _history.Observe(events);
        }
    }

    public bool Knows(ServiceKey service)
    {
        lock (_lock)
        {
            return _history.Knows(service);
        }
    }

    /// <summary>The newest removals of a service, newest first.</summary>
    public IReadOnlyList<RemovalRecord> Of(ServiceKey service, int max)
    {
        lock (_lock)
        {
            return [.. _history.Of(service).Take(max)];
        }
    }

    /// <summary>The newest removals that meet a condition, newest first.</summary>
    public IReadOnlyList<RemovalRecord> Where(Func<RemovalRecord, bool> condition, int max)
    {
        lock (_lock)
        {
            return [.. _history.All.Reverse().Where(condition).Take(max)];
        }
    }
}
