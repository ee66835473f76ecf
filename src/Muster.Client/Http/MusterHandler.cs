using Muster.Client.Balancing;
using Muster.Client.Resilience;

namespace Muster.Client.Http;

/// <summary>Sends each request to an instance of the service that the URI's host names.</summary>
/// <remarks>
/// The request goes out as it is, URI and authority included: each instance has connections of its own, which know where they
/// lead. Deliberately not a <see cref="DelegatingHandler"/>: gRPC libraries walk down such a chain to the
/// <see cref="SocketsHttpHandler"/> and install their own idea of connecting.
/// <para>For <see cref="HttpClient"/>, <see cref="HttpMessageInvoker"/>, or a gRPC client on one of them. Thread-safe. Connections and
/// statistics belong to the client, so handlers may come and go, and disposing one changes nothing.</para>
/// </remarks>
public sealed class MusterHandler : HttpMessageHandler
{
    private readonly RouteTable _routes;

    /// <summary>Creates a handler.</summary>
    /// <param name="client">Knows the instances, and owns the connections to them; to be disposed after the handler's last call.</param>
    /// <param name="options">How to choose; null means the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it and the bounds.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public MusterHandler(MusterClient client, BalancingOptions? options = null)
        : this(RoutesOf(client, options ?? new BalancingOptions()))
    {
    }

    internal MusterHandler(RouteTable routes) => _routes = routes;

    /// <inheritdoc />
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Start(request, cancellationToken);
        }
        catch (Exception e)
        {
            // As from any other handler: what goes wrong is in the task.
            return Task.FromException<HttpResponseMessage>(e);
        }
    }

    /// <summary>Sends a request and blocks the thread until the head of its answer is there.</summary>
    /// <remarks>For callers that cannot wait in another way: over HTTP/1.1 and HTTP/2, with all that the asynchronous call does. It is that
    /// call, waited for: each call holds a thread for as long as it takes, waits between attempts included, and needs others of the pool to
    /// go on.</remarks>
    /// <inheritdoc />
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Nothing here comes back to the caller's context, but a content of the application's may, and would wait for the thread that waits
        // for it.
        var sending = SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default
            ? SendAsync(request, cancellationToken)
            : Task.Run(() => SendAsync(request, cancellationToken), CancellationToken.None);
        return sending.GetAwaiter().GetResult();
    }

    private static RouteTable RoutesOf(MusterClient client, BalancingOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.Handlers.CreateRoutes(options);
    }

    private Task<HttpResponseMessage> Start(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } uri)
        {
            throw new InvalidOperationException("The request needs an absolute URI whose host names the service: http://calculator/add.");
        }

        var route = _routes.Find(uri);
        var affinity = route.AffinityOf(request);
        RequestTraits.PreventResending(request);
        var isPicked = route.TryPick(affinity, out var target, out var now);
        if (!isPicked || route.IsElaborate)
        {
            return new AttemptLoop(route, request, affinity, now, cancellationToken).RunAsync(isPicked ? target : null);
        }

        // From here the way that nearly every call takes: one attempt, straight, and nothing made that it does not need.
        route.Budget.OnCall();
        var attempt = route.Begin(target, now, affinity, request, new(now));
        var sending = target.Connections.SendAsync(request, cancellationToken);
        attempt.Trace?.Leave();
        return FinishAsync(attempt, request, sending, cancellationToken);
    }

    // What is local here is kept for each call that waits: so it is little, and what only a failure needs is found out anew.
    private static async Task<HttpResponseMessage> FinishAsync(
        Attempt attempt, HttpRequestMessage request, Task<HttpResponseMessage> sending, CancellationToken caller)
    {
        Reply reply;
        try
        {
            reply = new Reply(await sending.ConfigureAwait(false), IsEnded: false, Exception: null);
        }
        catch (Exception e)
        {
            reply = new Reply(null, IsEnded: false, e);
        }

        return reply.IsGood(attempt.Route.Retry) && !RequestTraits.IsHeldBack(request)
            ? Delivery.Deliver(attempt, request, reply.Response!, isEnded: false)
            : await GoOnAsync(attempt, request, reply, caller).ConfigureAwait(false);
    }

    private static async Task<HttpResponseMessage> GoOnAsync(
        Attempt attempt, HttpRequestMessage request, Reply reply, CancellationToken caller)
    {
        if (reply.Response is { } response && RequestTraits.IsHeldBack(request))
        {
            try
            {
                reply = reply with { IsEnded = await HeldResponse.HoldAsync(response, caller).ConfigureAwait(false) };
            }
            catch (Exception e)
            {
                reply = reply with { Exception = e };
            }

            if (reply.IsGood(attempt.Route.Retry))
            {
                return Delivery.Deliver(attempt, request, response, reply.IsEnded);
            }
        }

        var loop = new AttemptLoop(attempt.Route, request, attempt.Route.AffinityOf(request), attempt.StartedAt, caller);
        return await loop.GoOnAsync(attempt, reply, loop.Judge(attempt, reply)).ConfigureAwait(false);
    }
}
