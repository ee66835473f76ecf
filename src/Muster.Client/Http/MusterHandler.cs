using System.Runtime.ExceptionServices;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Grpc;

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
    private const string InstanceHeader = "muster-instance";

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } uri)
        {
            throw new InvalidOperationException("The request needs an absolute URI whose host names the service: http://calculator/add.");
        }

        var route = routes.Find(uri);
        var affinity = route.AffinityOf(request);
        if (!route.Balancer.TryPick(affinity, out var target, out var now))
        {
            (target, now) = await route.PickFirstAsync(affinity, cancellationToken).ConfigureAwait(false);
        }

        RequestTraits.PreventResending(request);
        var isTimed = !RequestTraits.IsStream(request);
        CallHistory? history = null;
        while (true)
        {
            var attempt = route.Begin(target, now, affinity, isTimed);
            HttpResponseMessage? response = null;
            Exception? exception = null;
            var isEnded = false;
            try
            {
                response = await target.Connections.SendAsync(request, cancellationToken).ConfigureAwait(false);
                if (RequestTraits.IsHeldBack(request))
                {
                    isEnded = ResponseSignals.IsTrailersOnly(response)
                        || await HeldResponse.HoldAsync(response, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception e)
            {
                exception = e;
            }

            if (exception is null && !(isEnded && ResponseSignals.GrpcStatus(response!) == StatusCode.Unavailable))
            {
                return Deliver(attempt, request, response!, isEnded);
            }

            history ??= new CallHistory();
            var verdict = Judge(attempt, history, request, exception, cancellationToken);
            if (verdict != RetryVerdict.Retry || !route.Balancer.TryPickOther(history.Tried, affinity, out target, out now))
            {
                return GiveUp(attempt, history, verdict, request, response, cancellationToken);
            }

            response?.Dispose();
            attempt.End(AttemptResult.Failure, willRetry: true);
            route.OnRetry(history.Last, target.Member);
        }
    }

    private static HttpResponseMessage Deliver(Attempt attempt, HttpRequestMessage request, HttpResponseMessage response, bool isEnded)
    {
        var (route, statistics) = (attempt.Route, attempt.Member.Statistics);
        route.Balancer.Fleet.OnAnswered(attempt.Member);
        ResponseSignals.TakeHeaders(response, statistics, route.TimeProvider.Now());
        if (ResponseSignals.SaysDraining(response))
        {
            route.Balancer.Fleet.OnLeaving(attempt.Member);
        }

        if (route.TagResponses)
        {
            response.Headers.Remove(InstanceHeader);
            response.Headers.TryAddWithoutValidation(InstanceHeader, attempt.Member.Id);
        }

        if (isEnded || ResponseSignals.IsComplete(request, response))
        {
            attempt.End(ResponseSignals.ResultOf(response));
            ResponseSignals.TakeTrailers(response, statistics, route.TimeProvider.Now());
        }
        else
        {
            response.Content = new CountedContent(response, ResponseSignals.IsEventStream(response) ? attempt.Untimed() : attempt);
        }

        return response;
    }

    private static RetryVerdict Judge(
        Attempt attempt, CallHistory history, HttpRequestMessage request, Exception? exception, CancellationToken caller)
    {
        var failure = exception is null ? AttemptFailure.Unavailable : FailureClassifier.Classify(exception, caller);
        history.Add(attempt.Member, failure, exception);
        if (failure == AttemptFailure.ConnectFailed)
        {
            attempt.Route.Balancer.Fleet.OnConnectFailed(attempt.Member, exception!);
        }

        return RetryRule.Decide(failure, history.Attempts.Count, history.MayHaveRun, request);
    }

    /// <summary>Ends the call with what its last attempt brought.</summary>
    private static HttpResponseMessage GiveUp(
        Attempt attempt, CallHistory history, RetryVerdict verdict, HttpRequestMessage request, HttpResponseMessage? response,
        CancellationToken cancellationToken)
    {
        var (failure, exception) = (history.Last.Failure, history.Last.Exception);
        if (exception is null)
        {
            // UNAVAILABLE is an answer, and its message says more than any of ours.
            return Deliver(attempt, request, response!, isEnded: true);
        }

        response?.Dispose();
        attempt.End(failure is AttemptFailure.Cancelled or AttemptFailure.BadRequest ? AttemptResult.Cancelled : AttemptResult.Failure);
        if (failure == AttemptFailure.Cancelled && exception is not OperationCanceledException)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }

        if (failure is AttemptFailure.Cancelled or AttemptFailure.BadRequest)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        var fleet = attempt.Route.Balancer.Fleet;
        throw history.Attempts.Count == 1 && failure != AttemptFailure.ConnectFailed
            ? CallErrors.Broken(fleet.Roster.View, history.Last, verdict, fleet.Directory)
            : CallErrors.AllFailed(fleet.Roster.View, history.Attempts, fleet.Directory);
    }
}
