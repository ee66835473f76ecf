namespace Muster.Core.Fanout;

/// <summary>Keeps the newest payload per key, in the order of each key's last change.</summary>
internal sealed class Coalescer<TPayload>
{
    private readonly LinkedList<(string Key, TPayload Payload)> _order = [];
    private readonly Dictionary<string, LinkedListNode<(string Key, TPayload Payload)>> _nodes = new(StringComparer.Ordinal);

    public int Count => _order.Count;

    public void Put(string key, TPayload payload)
    {
        if (_nodes.TryGetValue(key, out var node))
        {
            node.Value = (key, payload);
            _order.Remove(node);
            _order.AddLast(node);
            return;
        }

        _nodes[key] = _order.AddLast((key, payload));
    }

    public IReadOnlyList<TPayload> TakeAll()
    {
        var all = _order.Select(e => e.Payload).ToArray();
        Clear();
        return all;
    }

    public void Clear()
    {
        _order.Clear();
        _nodes.Clear();
    }
}
