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
        TakeHeaders(attempt, response);
        Mark(attempt, request, response);
        if (isEnded || ResponseSignals.IsComplete(request, response))
        {
            attempt.End(ResponseSignals.ResultOf(response), response: response);
            TakeTrailers(attempt, response);
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
        attempt.EndCall(ResponseSignals.ResultOf(response), response);
        return response;
    }

    /// <summary>Ends an attempt whose answer asks for another try, which follows.</summary>
    public static void EndRefused(Attempt attempt, HttpResponseMessage response, bool isEnded)
    {
        TakeHeaders(attempt, response);
        attempt.End(ResponseSignals.ResultOf(response), willRetry: true, isEnded ? response : null);
        if (isEnded)
        {
            TakeTrailers(attempt, response);
        }
    }

    /// <summary>Takes what the end of an answer says of its instance: its load, and that it leaves.</summary>
    public static void TakeTrailers(Attempt attempt, HttpResponseMessage response)
    {
        ResponseSignals.TakeTrailers(response, attempt.Member.Statistics, attempt.Route.TimeProvider.Now());
        if (ResponseSignals.SaysDrainingAtEnd(response))
        {
            attempt.Route.Balancer.Fleet.OnLeaving(attempt.Member);
        }
    }

    private static void TakeHeaders(Attempt attempt, HttpResponseMessage response)
    {
        var (route, fleet) = (attempt.Route, attempt.Route.Balancer.Fleet);
        fleet.OnAnswered(attempt.Member);
        ResponseSignals.TakeHeaders(response, attempt.Member.Statistics, route.TimeProvider.Now());
        if (ResponseSignals.SaysDraining(response))
        {
            fleet.OnLeaving(attempt.Member);
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
