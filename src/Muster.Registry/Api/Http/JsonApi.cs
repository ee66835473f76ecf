using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Registry.Api.Http;

/// <summary>The HTTP/JSON API, twin of the gRPC one: the same calls with the same messages, as JSON.</summary>
internal sealed class JsonApi(
    InstanceCalls instances, ListCalls lists, RemoveCalls removes, GuardCalls guard, HistoryCalls history, CallTotalsCalls totals,
    WatchCalls watches, LongPoll polls, PrometheusTargets prometheus, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_signOfLife = TimeSpan.FromSeconds(15);

    private const string Instance = "/v1/services/{service}/instances/{instance_id}";

    /// <summary>The calls that are nothing but a gRPC method with a path.</summary>
    private List<JsonRoute> MakeRoutes() =>
    [
        JsonRoute.Of(HttpMethods.Post, "/v1/instances", "Adds an instance, under a new lease or one that the caller holds.",
            RegisterRequest.Parser, RegisterResponse.Descriptor, instances.RegisterAsync),
        JsonRoute.Of(HttpMethods.Post, "/v1/leases/{lease_id}/keepalive", "Renews a lease, and brings load reports.",
            KeepAliveRequest.Parser, KeepAliveResponse.Descriptor, instances.KeepAliveAsync),
        JsonRoute.Of(HttpMethods.Delete, Instance, "Deregisters an instance; lease_id proves that the caller owns it.",
            DeregisterRequest.Parser, DeregisterResponse.Descriptor, instances.DeregisterAsync),
        JsonRoute.Of(HttpMethods.Post, Instance + "/intent", "Lets an instance serve, drain, or be out; with lease_id for its owner, without for an operator.",
            SetIntentRequest.Parser, SetIntentResponse.Descriptor, instances.SetIntentAsync),
        JsonRoute.Of(HttpMethods.Post, Instance + "/drain", "Lets an instance drain, and waits until its callers have acknowledged.",
            SetIntentRequest.Parser, SetIntentResponse.Descriptor, DrainAsync),
        JsonRoute.Of(HttpMethods.Post, Instance + "/remove", "Removes an instance on an operator's word, for good.",
            RemoveRequest.Parser, RemoveResponse.Descriptor, removes.RemoveAsync),
        JsonRoute.Of(HttpMethods.Get, "/v1/services", "Lists the services.",
            ListServicesRequest.Parser, ListServicesResponse.Descriptor, lists.ListServicesAsync),
        JsonRoute.Of(HttpMethods.Get, "/v1/services/{service}/instances", "Lists the instances of a service.",
            ListInstancesRequest.Parser, ListInstancesResponse.Descriptor, lists.ListInstancesAsync),
        JsonRoute.Of(HttpMethods.Get, "/v1/services/{service}/history", "Lists what left a service, when and why.",
            ListRemovalsRequest.Parser, ListRemovalsResponse.Descriptor, history.ListRemovalsAsync),
        JsonRoute.Of(HttpMethods.Get, "/v1/instances/{instance_id}/why", "Says why an instance stands as it does, or why it left.",
            ExplainInstanceRequest.Parser, ExplainInstanceResponse.Descriptor, history.ExplainInstanceAsync),
        JsonRoute.Of(HttpMethods.Get, "/v1/calls", "Says what callers saw of the instances that they call, and whose breakers keep calls from one.",
            ListCallTotalsRequest.Parser, ListCallTotalsResponse.Descriptor, totals.ListAsync),
        JsonRoute.Of(HttpMethods.Get, "/v1/guard", "Says what the mass-expiry guard holds back.",
            GuardRequest.Parser, GuardResponse.Descriptor, guard.LookAsync),
        JsonRoute.Of(HttpMethods.Post, "/v1/guard/release", "Ends the mass-expiry guard's holding.",
            GuardRequest.Parser, GuardResponse.Descriptor, guard.ReleaseAsync),
    ];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var routes = MakeRoutes();
        foreach (var route in routes)
        {
            endpoints.MapMethods(route.Pattern, [route.Verb], (HttpContext http) => AnswerAsync(
                http, async () => await JsonAnswers.WriteAsync(http, await route.RunAsync(http))));
        }

        endpoints.MapGet("/v1/services/{service}/poll", (HttpContext http) => AnswerAsync(
            http, async () => await JsonAnswers.WriteAsync(http, await polls.RunAsync(http))));
        endpoints.MapGet("/v1/services/{service}/watch", (HttpContext http) => AnswerAsync(http, () => WatchAsync(http)));
        endpoints.MapGet("/v1/sd/prometheus", (HttpContext http) => AnswerAsync(
            http, () => JsonAnswers.WriteAsync(http, prometheus.Build(http))));
        var document = OpenApiDocument.Build(routes);
        endpoints.MapGet("/openapi.json", (HttpContext http) => JsonAnswers.WriteAsync(http, document));
    }

    private static async Task AnswerAsync(HttpContext http, Func<Task> answer)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = JsonRequests.BodyBytesMax;
        }

        try
        {
            await answer();
        }
        catch (RpcException e) when (!http.Response.HasStarted)
        {
            await JsonAnswers.RefuseAsync(http, e.Status);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
    }

    private Task<SetIntentResponse> DrainAsync(SetIntentRequest request, ApiCaller caller)
    {
        request.Intent = Intent.Draining;
        request.AwaitWatchersMs = request.AwaitWatchersMs == 0
            ? (uint)Core.Limits.DrainPatienceMax.TotalMilliseconds
            : request.AwaitWatchersMs;
        return instances.SetIntentAsync(request, caller);
    }

    private async Task WatchAsync(HttpContext http)
    {
        var request = await JsonRequests.ReadAsync(http, WatchServiceRequest.Parser);
        if (http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } id)
        {
            // A browser's EventSource reconnects by itself, and says with it how far it was.
            var token = ResumeTokens.Parse(id);
            request.Resume = new ResumeToken { StoreId = token.StoreId, Revision = token.Revision.Value };
        }

        using var events = new WatchEvents(http.Response);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var living = Task.CompletedTask;
        try
        {
            watches.Check(request);
            await events.StartAsync(http.RequestAborted);
            living = SignalLifeAsync(events, ended.Token);
            await watches.WatchServiceAsync(request, events, ApiCaller.Of(http));
        }
        catch (RpcException e) when (http.Response.HasStarted)
        {
            await events.WriteErrorAsync(e.Status, http.RequestAborted);
        }
        finally
        {
            await ended.CancelAsync();
            await living.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SignalLifeAsync(WatchEvents events, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_signOfLife, timeProvider);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await events.WriteSignOfLifeAsync(cancellationToken);
        }
    }
}
