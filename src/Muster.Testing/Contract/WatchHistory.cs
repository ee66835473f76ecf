using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Testing.Contract;

/// <summary>Turns what comes down a watch into what a history holds.</summary>
public static class WatchHistory
{
    /// <summary>The event of a message; null for what the contract says nothing of: liveness, load, a refused subscription.</summary>
    /// <param name="at">When it was read.</param>
    /// <param name="watcher">By whom; the same name over all its streams.</param>
    /// <param name="message">The message.</param>
    public static HistoryEvent? Of(TimeSpan at, string watcher, WatchResponse message)
    {
        var service = ServiceKey.Of(message.Namespace, message.Service);
        return message.EventCase switch
        {
            WatchResponse.EventOneofCase.Snapshot => new HistoryEvent.SnapshotDelivered(
                at, watcher, service, [.. message.Snapshot.Instances.Select(Read)], message.Snapshot.Last),
            WatchResponse.EventOneofCase.Upserted => new HistoryEvent.ChangeDelivered(
                at, watcher, new CatalogEvent.Upserted(Read(message.Upserted))),
            WatchResponse.EventOneofCase.Removed => new HistoryEvent.ChangeDelivered(at, watcher, Read(service, message.Removed)),
            WatchResponse.EventOneofCase.ServiceUnknown => new HistoryEvent.ChangeDelivered(
                at, watcher, new CatalogEvent.ServiceUnknown(service, Revision.None)),
            WatchResponse.EventOneofCase.Progress when message.Progress.Token.ToCore() is { } token =>
                new HistoryEvent.ProgressDelivered(at, watcher, service, token),
            _ => null,
        };
    }

    private static InstanceRecord Read(Instance wire)
    {
        wire.ToCore(out var record);
        return record;
    }

    private static CatalogEvent.Removed Read(ServiceKey service, Removed wire) => new(
        new InstanceKey(service, wire.InstanceId), new Removal(wire.Reason.ToCore(), wire.Evidence, default), new Revision(wire.Revision));
}
