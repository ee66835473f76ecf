using Muster.Client.Connection;
using Muster.Client.Discovery.Cache;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;

namespace Muster.Client.Discovery;

/// <summary>One service of a watch stream: its replica, and what is still to be said to the registry.</summary>
internal sealed class WatchSubscription(ServiceKey service, Backoff backoff)
{
    private readonly ServiceReplica _replica = new(service);
    private Revision? _ack;
    private int _snapshotInstances;

    public ServiceKey Service => service;

    /// <summary>Not to be sent before; null may go at once.</summary>
    public TimeSpan? RetryAt { get; private set; }

    /// <summary>A stream starts: what the last one left unfinished is void.</summary>
    public void OnStreamOpened()
    {
        RetryAt = null;
        _ack = null;
        _snapshotInstances = 0;
        _replica.OnStreamOpened();
    }

    /// <summary>The registry refused the subscription, or gave it up.</summary>
    public WatchOutcome OnFault(SubscriptionFault fault, TimeSpan now)
    {
        OnStreamOpened();
        RetryAt = now + backoff.Next();
        return new WatchOutcome { Service = service, Fault = fault };
    }

    /// <summary>Takes a message that is no fault. What a newer registry may send and this code does not know is passed over.</summary>
    public WatchOutcome OnEvent(WatchResponse message, TimeSpan now)
    {
        Violation? dropped = null;
        Revision? reached = null;
        var hasChanged = false;
        switch (message.EventCase)
        {
            case WatchResponse.EventOneofCase.Snapshot:
                dropped = OnSnapshot(message.Snapshot);
                break;
            case WatchResponse.EventOneofCase.Upserted:
                dropped = OnUpserted(message.Upserted);
                break;
            case WatchResponse.EventOneofCase.Removed:
                OnRemoved(message.Removed);
                break;
            case WatchResponse.EventOneofCase.ServiceUnknown:
                _replica.OnServiceUnknown();
                break;
            case WatchResponse.EventOneofCase.Progress when message.Progress.Token.ToCore() is { } token:
                backoff.Reset();
                hasChanged = _replica.OnProgress(token, now);
                reached = token.Revision;
                break;
            case WatchResponse.EventOneofCase.Soft:
                hasChanged = OnSoft(message.Soft, now);
                break;
        }

        var view = hasChanged ? _replica.View : null;
        return Showing(view) with { Reached = reached, Dropped = dropped };
    }

    /// <summary>When instances of a former store stop being shown; null if there are none.</summary>
    public TimeSpan? GraceEndsAt => _replica.GraceEndsAt;

    /// <summary>Stops showing instances of a former store, if their time is over.</summary>
    public WatchOutcome OnGraceOver(TimeSpan now) => Showing(_replica.OnGraceOver(now) ? _replica.View : null);

    /// <summary>Shows what was kept on disk, unless the registry was first.</summary>
    public WatchOutcome OnRemembered(KeptView kept) =>
        Showing(_replica.OnRemembered(kept.Instances, kept.StoreId, kept.Age) ? _replica.View : null);

    /// <summary>Notes a revision to acknowledge; a newer one takes the place of an older one that is still unsent.</summary>
    /// <returns>Whether none was waiting before.</returns>
    public bool Acknowledge(Revision revision)
    {
        var isNew = _ack is null;
        _ack = revision;
        return isNew;
    }

    public WatchRequest TakeAck()
    {
        var ack = new Ack { Revision = _ack?.Value ?? 0, Namespace = service.Namespace, Service = service.Name };
        _ack = null;
        return new WatchRequest { Ack = ack };
    }

    public WatchRequest TakeSubscribe()
    {
        RetryAt = null;
        return new WatchRequest
        {
            Subscribe = new Subscribe
            {
                Namespace = service.Namespace,
                Service = service.Name,
                Resume = _replica.Token?.ToWire(),
                WithLoad = true,
            },
        };
    }

    private WatchOutcome Showing(ServiceView? view) =>
        new() { Service = service, View = view, StoreId = _replica.Token?.StoreId };

    private Violation? OnSnapshot(Snapshot snapshot)
    {
        var instances = new List<InstanceRecord>(snapshot.Instances.Count);
        Violation? dropped = null;
        foreach (var wire in snapshot.Instances)
        {
            var violation = TryRead(wire, out var record);
            violation ??= ++_snapshotInstances <= Limits.InstancesPerServiceMax ? null : TooMany;
            dropped ??= violation;
            if (violation is null)
            {
                instances.Add(record);
            }
        }

        _replica.OnSnapshotPart(instances, snapshot.Last);
        _snapshotInstances = snapshot.Last ? 0 : _snapshotInstances;
        return dropped;
    }

    private Violation? OnUpserted(Instance wire)
    {
        var violation = TryRead(wire, out var record);
        if (violation is null)
        {
            _replica.OnEvent(new CatalogEvent.Upserted(record));
        }

        return violation;
    }

    private void OnRemoved(Removed removed) => _replica.OnEvent(new CatalogEvent.Removed(
        new InstanceKey(service, removed.InstanceId),
        new Removal(removed.Reason.ToCore(), removed.Evidence, default),
        new Revision(removed.Revision)));

    private bool OnSoft(SoftStates soft, TimeSpan now) => _replica.OnSoftStates(
        [.. soft.States.Select(s => KeyValuePair.Create(s.InstanceId, s.ToCore(now)))], soft.Complete);

    /// <summary>Reads what the registry sent as carefully as the registry reads what it is sent: a record that breaks a
    /// bound would break its user much later.</summary>
    private Violation? TryRead(Instance wire, out InstanceRecord record)
    {
        var violation = wire.ToCore(out record) ?? InstanceValidator.Validate(record);
        return violation is null && record.Key.Service != service
            ? new Violation("service", Violation.Quote($"{record.Key.Service}"), $"'{service}' is what is watched")
            : violation;
    }

    private static Violation TooMany =>
        new("snapshot", $"more than {Limits.InstancesPerServiceMax} instances", "the rest is left out");
}
