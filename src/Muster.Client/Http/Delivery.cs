namespace Muster.Client.Http;

/// <summary>Hands an answer to the caller, and sees to it that its attempt ends when the answer does.</summary>
internal static class Delivery
{
    private const string InstanceHeader = "muster-instance";

    /// <summary>Delivers the answer of an attempt that has not ended.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="request">The caller's request.</param>
    /// <param name="response">The answer.</param>
    /// <param name="isEnded">Whether it has been read to its end.</param>
    public static HttpResponseMessage Deliver(Attempt attempt, HttpRequestMessage request, HttpResponseMessage response, bool isEnded)
    {
        var (route, statistics) = (attempt.Route, attempt.Member.Statistics);
        route.Balancer.Fleet.OnAnswered(attempt.Member);
        ResponseSignals.TakeHeaders(response, statistics, route.TimeProvider.Now());
        if (ResponseSignals.SaysDraining(response))
        {
            route.Balancer.Fleet.OnLeaving(attempt.Member);
        }

        Mark(attempt, request, response);
        if (isEnded || ResponseSignals.IsComplete(request, response))
        {
            attempt.End(ResponseSignals.ResultOf(response), response: response);
            ResponseSignals.TakeTrailers(response, statistics, route.TimeProvider.Now());
        }
        else
        {
            response.Content = new CountedContent(response, ResponseSignals.IsEventStream(response) ? attempt.Untimed() : attempt);
        }

        return response;
    }

    /// <summary>Delivers the answer of an attempt that has been ended: nothing better came after it.</summary>
    public static HttpResponseMessage DeliverEnded(Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
    {
        Mark(attempt, request, response);
        return response;
    }

    /// <summary>Ends an attempt whose answer asks for another try, which follows.</summary>
    public static void EndRefused(Attempt attempt, HttpResponseMessage response, bool isEnded)
    {
        var (route, statistics) = (attempt.Route, attempt.Member.Statistics);
        route.Balancer.Fleet.OnAnswered(attempt.Member);
        ResponseSignals.TakeHeaders(response, statistics, route.TimeProvider.Now());
        attempt.End(ResponseSignals.ResultOf(response), willRetry: true, isEnded ? response : null);
        if (isEnded)
        {
            ResponseSignals.TakeTrailers(response, statistics, route.TimeProvider.Now());
        }
    }

    private static void Mark(Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
    {
        // What was sent may have been a copy.
        response.RequestMessage = request;
        if (attempt.Route.TagResponses)
        {
            response.Headers.Remove(InstanceHeader);
            response.Headers.TryAddWithoutValidation(InstanceHeader, attempt.Member.Id);
        }
    }
}
