using System.Collections.Concurrent;
using Muster.Core.Model;
using Muster.Protocol.V1;

namespace Muster.Registry.Watch;

/// <summary>The subscriptions of one watch stream. Dispose ends them all.</summary>
internal sealed class WatchSubscriptions(WatchHub hub, Watcher watcher) : IDisposable
{
    // Written by the stream's reader; the pump reads whether load is wanted.
    private readonly ConcurrentDictionary<ServiceKey, bool> _withLoad = new();
    private readonly ConcurrentQueue<WatchResponse> _faults = new();

    public Watcher Watcher => watcher;

    public int Count => _withLoad.Count;

    public IEnumerable<ServiceKey> Services => _withLoad.Keys;

    public bool Contains(ServiceKey service) => _withLoad.ContainsKey(service);

    public bool WantsLoad(ServiceKey service) => _withLoad.GetValueOrDefault(service);

    /// <returns>False if the node holds as many subscriptions as it may.</returns>
    public bool TryAdd(ServiceKey service, MetadataSelector selector, bool withLoad, Revision? resume)
    {
        // First, because the pump asks for it as soon as there is something to send.
        _withLoad[service] = withLoad;
        if (hub.TrySubscribe(watcher, service, selector, withLoad, resume))
        {
            return true;
        }

        _withLoad.TryRemove(service, out _);
        return false;
    }

    public void Remove(ServiceKey service)
    {
        _withLoad.TryRemove(service, out _);
        hub.Unsubscribe(watcher, service);
    }

    /// <summary>Queues the answer to a subscription that was refused; the stream goes on.</summary>
    /// <remarks>Bounded: a stream whose answers nobody reads keeps its newest 64.</remarks>
    public void Refused(WatchResponse fault)
    {
        _faults.Enqueue(fault);
        while (_faults.Count > 64)
        {
            _faults.TryDequeue(out _);
        }

        watcher.Signal();
    }

    public bool TryTakeFault(out WatchResponse? fault) => _faults.TryDequeue(out fault);

    public void Dispose() => hub.Close(watcher, _withLoad.Keys);
}
