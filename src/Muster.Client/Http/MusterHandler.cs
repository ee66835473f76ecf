using Muster.Client.Resilience;

namespace Muster.Client.Http;

/// <summary>Sends each request to an instance of the service that the URI's host names.</summary>
/// <remarks>
/// The request goes out as it is, URI and authority included: each instance has connections of its own, which know where they
/// lead. Deliberately not a <see cref="DelegatingHandler"/>: gRPC libraries walk down such a chain to the
/// <see cref="SocketsHttpHandler"/> and install their own idea of connecting.
/// <para>Thread-safe. Disposing it changes nothing: connections and statistics belong to the client.</para>
/// </remarks>
internal sealed class MusterHandler(RouteTable routes) : HttpMessageHandler
{
    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } uri)
        {
            throw new InvalidOperationException("The request needs an absolute URI whose host names the service: http://calculator/add.");
        }

        var route = routes.Find(uri);
        var affinity = route.AffinityOf(request);
        RequestTraits.PreventResending(request);
        var isPicked = route.Balancer.TryPick(affinity, out var target, out var now);
        if (!isPicked || route.IsElaborate)
        {
            return await new AttemptLoop(route, request, affinity, now, cancellationToken)
                .RunAsync(isPicked ? target : null).ConfigureAwait(false);
        }

        // From here the way that nearly every call takes: one attempt, straight, and nothing made that it does not need.
        route.Budget.OnCall();
        var attempt = route.Begin(target, now, affinity, request, new(now));
        HttpResponseMessage? response = null;
        Exception? exception = null;
        var isEnded = false;
        try
        {
            response = await target.Connections.SendAsync(request, cancellationToken).ConfigureAwait(false);
            isEnded = RequestTraits.IsHeldBack(request)
                && await HeldResponse.HoldAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            exception = e;
        }

        var reply = new Reply(response, isEnded, exception);
        if (reply.IsGood(route.Retry))
        {
            return Delivery.Deliver(attempt, request, response!, isEnded);
        }

        var loop = new AttemptLoop(route, request, affinity, attempt.StartedAt, cancellationToken);
        return await loop.GoOnAsync(attempt, reply, loop.Judge(attempt, reply)).ConfigureAwait(false);
    }
}
