using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Registry.Watch;

/// <summary>Builds what goes down a watch.</summary>
internal static class WatchMessages
{
    public static EncodedMessage Encode(CatalogEvent change)
    {
        var message = For(change.Service);
        switch (change)
        {
            case CatalogEvent.Upserted upserted:
                message.Upserted = upserted.Instance.ToWire();
                break;
            case CatalogEvent.Removed removed:
                message.Removed = new Removed
                {
                    InstanceId = removed.Instance.Id,
                    Reason = removed.Removal.Reason.ToWire(),
                    Evidence = removed.Removal.Evidence,
                    Revision = removed.At.Value,
                };
                break;
            case CatalogEvent.ServiceUnknown:
                message.ServiceUnknown = new ServiceUnknown();
                break;
        }

        return EncodedMessage.Encode(message);
    }

    public static IReadOnlyList<EncodedChange> EncodeAll(IEnumerable<CatalogEvent> changes) =>
        [.. changes.Select(c => new EncodedChange(c, Encode(c)))];

    /// <summary>What a watcher hears of an instance that its selector does not choose, or not any more.</summary>
    public static EncodedMessage EncodeHidden(CatalogEvent.Upserted change) => Encode(new CatalogEvent.Removed(
        change.Instance.Key, new Removal(Core.Model.RemovalReason.Unspecified, "does not match the selector", default), change.Revision));

    public static EncodedMessage Encode(InstanceKey instance, Core.Model.SoftState state, TimeSpan now)
    {
        var message = For(instance.Service);
        message.Soft = new SoftStates { States = { state.ToWire(instance.Id, now) } };
        return EncodedMessage.Encode(message);
    }

    public static EncodedMessage SnapshotPart(ServiceKey service, IEnumerable<InstanceRecord> instances, bool last)
    {
        var message = For(service);
        message.Snapshot = new Snapshot { Last = last };
        message.Snapshot.Instances.Add(instances.Select(i => i.ToWire()));
        return EncodedMessage.Encode(message);
    }

    public static EncodedMessage Unknown(ServiceKey service)
    {
        var message = For(service);
        message.ServiceUnknown = new ServiceUnknown();
        return EncodedMessage.Encode(message);
    }

    public static EncodedMessage Progress(ServiceKey service, Core.Model.ResumeToken token)
    {
        var message = For(service);
        message.Progress = new Progress { Token = token.ToWire() };
        return EncodedMessage.Encode(message);
    }

    public static EncodedMessage SoftPart(
        ServiceKey service, IEnumerable<(InstanceKey Instance, Core.Model.SoftState State)> states, bool complete, bool withLoad, TimeSpan now)
    {
        var message = For(service);
        message.Soft = new SoftStates { Complete = complete };
        message.Soft.States.Add(states.Select(s => s.State.ToWire(s.Instance.Id, now, withLoad)));
        return EncodedMessage.Encode(message);
    }

    public static WatchResponse Fault(ServiceKey service, StatusCode code, string text)
    {
        var message = For(service);
        message.Fault = new SubscriptionFault { Code = (int)code, Message = text };
        return message;
    }

    public static WatchResponse StatisticsFault(ServiceKey service, string instanceId, StatusCode code, string text)
    {
        var message = For(service);
        message.StatisticsFault = new StatisticsFault { InstanceId = instanceId, Code = (int)code, Message = text };
        return message;
    }

    private static WatchResponse For(ServiceKey service) => new() { Namespace = service.Namespace, Service = service.Name };
}
