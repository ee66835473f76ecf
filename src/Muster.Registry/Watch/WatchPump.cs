using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Fanout;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.V1;
using Muster.Registry.Sessions;

namespace Muster.Registry.Watch;

/// <summary>Moves what a watcher has not been sent yet onto its stream, at the pace of the stream.</summary>
internal sealed class WatchPump(WatchHub hub, LeaseKeeper leases, MonotonicClock clock)
{
    /// <summary>Runs until the token fires.</summary>
    public async Task RunAsync(
        WatchSubscriptions subscriptions, IResponseWriter<WatchResponse> responses, CancellationToken cancellationToken)
    {
        var watcher = subscriptions.Watcher;
        while (true)
        {
            await watcher.WaitAsync(cancellationToken);
            while (subscriptions.TryTakeFault(out var fault))
            {
                await responses.WriteAsync(fault!, cancellationToken);
            }

            while (watcher.TryTake(hub.Catalog, out var delivery, out var snapshot, out var selector))
            {
                await SendAsync(delivery, snapshot, selector, subscriptions, responses, cancellationToken);
            }
        }
    }

    private async ValueTask SendAsync(
        Delivery<EncodedMessage> delivery, CatalogSnapshot? snapshot, MetadataSelector selector,
        WatchSubscriptions subscriptions, IResponseWriter<WatchResponse> responses, CancellationToken cancellationToken)
    {
        switch (delivery.Kind)
        {
            case DeliveryKind.Snapshot:
                await SendSnapshotAsync(delivery.Service, snapshot!, selector, responses, cancellationToken);
                break;
            case DeliveryKind.SoftComplete:
                await SendSoftAsync(delivery.Service, subscriptions.WantsLoad(delivery.Service), responses, cancellationToken);
                break;
            case DeliveryKind.Soft:
                await SendAllAsync(delivery.Payloads, flushLast: true, responses, cancellationToken);
                break;
            case DeliveryKind.Records:
                await SendAllAsync(delivery.Payloads, flushLast: false, responses, cancellationToken);
                await SendProgressAsync(delivery.Service, delivery.Revision, responses, cancellationToken);
                break;
        }
    }

    private async ValueTask SendSnapshotAsync(
        ServiceKey service, CatalogSnapshot snapshot, MetadataSelector selector,
        IResponseWriter<WatchResponse> responses, CancellationToken cancellationToken)
    {
        if (!snapshot.Services.TryGetValue(service, out var found))
        {
            await responses.WriteAsync(WatchMessages.Unknown(service), flush: false, cancellationToken);
        }
        else
        {
            var parts = found.Instances.Values.Where(selector.Matches).Chunk(Limits.SnapshotPartInstancesMax).ToList();
            for (var i = 0; i < parts.Count - 1; i++)
            {
                await responses.WriteAsync(WatchMessages.SnapshotPart(service, parts[i], last: false), flush: true, cancellationToken);
            }

            var lastPart = parts.Count > 0 ? parts[^1] : [];
            await responses.WriteAsync(WatchMessages.SnapshotPart(service, lastPart, last: true), flush: false, cancellationToken);
        }

        await SendProgressAsync(service, snapshot.Revision, responses, cancellationToken);
    }

    private async ValueTask SendSoftAsync(
        ServiceKey service, bool withLoad, IResponseWriter<WatchResponse> responses, CancellationToken cancellationToken)
    {
        if (!hub.Catalog.Current.Services.TryGetValue(service, out var found))
        {
            return;
        }

        var complete = true;
        foreach (var part in found.Instances.Values.Chunk(Limits.SnapshotPartInstancesMax))
        {
            var states = leases.StatesOf(part).Select(s => (s.Record.Key, s.State));
            await responses.WriteAsync(
                WatchMessages.SoftPart(service, states, complete, withLoad, clock.Now), flush: true, cancellationToken);
            complete = false;
        }
    }

    private ValueTask SendProgressAsync(
        ServiceKey service, Revision revision, IResponseWriter<WatchResponse> responses, CancellationToken cancellationToken) =>
        responses.WriteAsync(
            WatchMessages.Progress(service, new Core.Model.ResumeToken(hub.Catalog.Current.StoreId, revision)),
            flush: true, cancellationToken);

    private static async ValueTask SendAllAsync(
        IReadOnlyList<EncodedMessage> messages, bool flushLast,
        IResponseWriter<WatchResponse> responses, CancellationToken cancellationToken)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            await responses.WriteAsync(messages[i], flush: flushLast && i == messages.Count - 1, cancellationToken);
        }
    }
}
