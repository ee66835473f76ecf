using Muster.Core;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Grpc.AspNetCore;
using Muster.Protocol.Mapping;
using Muster.Protocol.V1;
using Muster.Registry.Watch;

namespace Muster.Registry.Api;

/// <summary>Watch and WatchService.</summary>
internal sealed class WatchCalls(
    CatalogFeed feed, WatchHub hub, WatchPump pump, CallKeeper calls, Shutdown shutdown, NodeLimits limits)
{
    public Task WatchAsync(
        IRequestReader<WatchRequest> requests, IResponseWriter<WatchResponse> responses, GrpcServerContext context) =>
        shutdown.RunAsync(async ending =>
        {
            using var subscriptions = new WatchSubscriptions(hub, Open(ApiCaller.Of(context), canAcknowledge: true));
            // Headers first: a watcher with nothing to hear yet still learns that it is connected.
            await context.SendHeadersAsync();
            var pumping = pump.RunAsync(subscriptions, responses, ending.Token);
            try
            {
                await foreach (var request in requests.ReadAllAsync(ending.Token))
                {
                    await HandleAsync(request, subscriptions, ending.Token);
                }
            }
            finally
            {
                // The watcher has said all it wanted, or is gone: either way nobody hears the rest.
                calls.OnClosed(subscriptions.Watcher);
                await ending.CancelAsync();
                await pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }, context.CancellationToken);

    public Task WatchServiceAsync(
        WatchServiceRequest request, IResponseWriter<WatchResponse> responses, ApiCaller caller) =>
        shutdown.RunAsync(async ending =>
        {
            using var subscriptions = new WatchSubscriptions(hub, Open(caller, canAcknowledge: false));
            var subscribe = new Subscribe
            {
                Namespace = request.Namespace,
                Service = request.Service,
                Selector = request.Selector,
                Resume = request.Resume,
                WithLoad = request.WithLoad,
                Client = request.Client,
            };
            if (await SubscribeAsync(subscribe, subscriptions, ending.Token) is { } refusal)
            {
                throw refusal.ToException();
            }

            await pump.RunAsync(subscriptions, responses, ending.Token);
        }, caller.CancellationToken);

    /// <summary>Refuses a watch that could not begin, before anything is sent.</summary>
    public void Check(WatchServiceRequest request)
    {
        var key = ServiceKey.Of(request.Namespace, request.Service);
        Refusals.ThrowIfAny(Validate(key, request.Selector, request.Client, out _));
        if (hub.Count >= limits.WatchesMax)
        {
            throw Exhausted();
        }
    }

    /// <summary>A place among the watches, for who waits without a stream. Dispose gives it back.</summary>
    public WatchSubscriptions Reserve(ApiCaller caller) => new(hub, Open(caller, canAcknowledge: false));

    private static Violation? Validate(ServiceKey key, string selectorText, string client, out MetadataSelector selector)
    {
        var badSelector = MetadataSelector.TryParse(selectorText, out selector);
        return InstanceValidator.ValidateService(key)
            ?? badSelector
            ?? Askers.Check("client", client, Limits.ClientNameCharsMax);
    }

    private Watcher Open(ApiCaller caller, bool canAcknowledge) => hub.TryOpen(caller.Address, canAcknowledge) ?? throw Exhausted();

    private RpcException Exhausted() => Refusal.Exhausted("watches", limits.WatchesMax, limits.WatchesMax, "on one node").ToException();

    internal async Task HandleAsync(WatchRequest request, WatchSubscriptions subscriptions, CancellationToken cancellationToken)
    {
        switch (request.RequestCase)
        {
            case WatchRequest.RequestOneofCase.Subscribe:
                var refusal = await SubscribeAsync(request.Subscribe, subscriptions, cancellationToken);
                if (refusal is not null)
                {
                    // As it was sent, so that its sender knows which one; but no longer than a name, whatever was sent.
                    var service = Shorten(request.Subscribe.Namespace, request.Subscribe.Service);
                    subscriptions.Refused(WatchMessages.Fault(service, refusal.Code(), refusal.Message));
                }

                break;
            case WatchRequest.RequestOneofCase.Unsubscribe:
                var left = ServiceKey.Of(request.Unsubscribe.Namespace, request.Unsubscribe.Service);
                subscriptions.Remove(left);
                calls.OnUnsubscribed(subscriptions.Watcher, left);
                break;
            case WatchRequest.RequestOneofCase.Ack:
                Acknowledge(request.Ack, subscriptions);
                break;
            case WatchRequest.RequestOneofCase.CallStatistics:
                var statistics = request.CallStatistics;
                if (Report(statistics, subscriptions) is { } fault)
                {
                    subscriptions.Refused(WatchMessages.StatisticsFault(
                        Shorten(statistics.Namespace, statistics.Service), Shorten(statistics.InstanceId, Limits.InstanceIdCharsMax),
                        fault.Code(), fault.Message));
                }

                break;
            default:
                throw new RpcException(StatusCode.InvalidArgument,
                    "request is absent: one of subscribe, unsubscribe, ack, call_statistics is required.");
        }
    }

    // An acknowledgement of what was never sent is its sender's lie to itself: it only means that nobody waits for it.
    private void Acknowledge(Ack ack, WatchSubscriptions subscriptions)
    {
        var revision = new Revision(ack.Revision);
        if (ack.Service.Length > 0)
        {
            hub.Acknowledge(subscriptions.Watcher, ServiceKey.Of(ack.Namespace, ack.Service), revision);
            return;
        }

        foreach (var service in subscriptions.Services)
        {
            hub.Acknowledge(subscriptions.Watcher, service, revision);
        }
    }

    private Refusal? Report(CallStatistics statistics, WatchSubscriptions subscriptions)
    {
        var service = ServiceKey.Of(statistics.Namespace, statistics.Service);
        if ((statistics.ToCore(out var report) ?? InstanceValidator.ValidateId("instance_id", statistics.InstanceId)) is { } violation)
        {
            return Refusal.Invalid(violation);
        }

        return subscriptions.Contains(service)
            ? calls.Report(subscriptions.Watcher, new InstanceKey(service, statistics.InstanceId), report)
            : Refusal.Precondition($"service is {Violation.Quote($"{service}")}: this stream does not watch it, so nothing is kept of its calls.");
    }

    private async Task<Refusal?> SubscribeAsync(
        Subscribe request, WatchSubscriptions subscriptions, CancellationToken cancellationToken)
    {
        var key = ServiceKey.Of(request.Namespace, request.Service);
        if (Validate(key, request.Selector, request.Client, out var selector) is { } violation)
        {
            return Refusal.Invalid(violation);
        }

        if (!subscriptions.Contains(key) && subscriptions.Count >= Limits.SubscriptionsPerWatchMax)
        {
            return Refusal.Exhausted("subscriptions", subscriptions.Count, Limits.SubscriptionsPerWatchMax, "on one stream");
        }

        subscriptions.Watcher.SetClient(request.Client);
        return subscriptions.TryAdd(key, selector, request.WithLoad, await ResumePointAsync(request.Resume, cancellationToken))
            ? null
            : Refusal.Exhausted("subscriptions", limits.SubscriptionsMax, limits.SubscriptionsMax, "on one node");
    }

    private static ServiceKey Shorten(string serviceNamespace, string service) =>
        new(Shorten(serviceNamespace, Limits.NameCharsMax), Shorten(service, Limits.NameCharsMax));

    private static string Shorten(string text, int charsMax) => text.Length <= charsMax ? text : text[..charsMax];

    // A token of another store, or of a revision that this store never reached, gets a snapshot. A node that is merely
    // behind waits, bounded, because going on with less than the watcher has seen would take it back in time.
    private async Task<Revision?> ResumePointAsync(Protocol.V1.ResumeToken? wire, CancellationToken cancellationToken)
    {
        if (wire.ToCore() is not { } token || token.StoreId != feed.Current.StoreId || token.Revision == Revision.None)
        {
            return null;
        }

        return await feed.WaitForAsync(token.Revision, Limits.RevisionWaitMax, cancellationToken) ? token.Revision : null;
    }
}
