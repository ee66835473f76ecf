using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>The newest removals, bounded per service and in all: the oldest go first.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="perServiceMax">How many are kept of one service.</param>
/// <param name="max">How many are kept in all.</param>
public sealed class RemovalHistory(int perServiceMax = Limits.RemovalsPerServiceMax, int max = Limits.RemovalsMax)
{
    // Oldest first. The oldest of all is also the oldest of its service, so either bound takes from the front of a queue.
    private readonly LinkedList<RemovalRecord> _all = [];
    private readonly Dictionary<ServiceKey, Queue<LinkedListNode<RemovalRecord>>> _byService = [];

    /// <summary>How many are kept.</summary>
    public int Count => _all.Count;

    /// <summary>All that are kept, oldest first.</summary>
    public IEnumerable<RemovalRecord> All => _all;

    /// <summary>Keeps a removal.</summary>
    /// <param name="removal">Not older than those that are kept already.</param>
    public void Add(RemovalRecord removal)
    {
        if (!_byService.TryGetValue(removal.Instance.Service, out var ofService))
        {
            _byService[removal.Instance.Service] = ofService = new();
        }

        ofService.Enqueue(_all.AddLast(removal));
        if (ofService.Count > perServiceMax)
        {
            _all.Remove(ofService.Dequeue());
        }

        if (_all.Count > max)
        {
            DropOldest();
        }
    }

    /// <summary>Keeps the removals among the events of a commit.</summary>
    public void Observe(IReadOnlyList<CatalogEvent> events)
    {
        foreach (var change in events)
        {
            if (change is CatalogEvent.Removed removed)
            {
                Add(removed.ToRecord());
            }
        }
    }

    /// <summary>Whether anything is kept of a service.</summary>
    public bool Knows(ServiceKey service) => _byService.ContainsKey(service);

    /// <summary>The removals of a service, newest first.</summary>
    public IEnumerable<RemovalRecord> Of(ServiceKey service) =>
        _byService.TryGetValue(service, out var ofService) ? ofService.Select(node => node.Value).Reverse() : [];

    private void DropOldest()
    {
        var oldest = _all.First!.Value;
        _all.RemoveFirst();
        var ofService = _byService[oldest.Instance.Service];
        ofService.Dequeue();
        if (ofService.Count == 0)
        {
            _byService.Remove(oldest.Instance.Service);
        }
    }
}
