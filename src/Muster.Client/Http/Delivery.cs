using Muster.Grpc;

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
    public static HttpResponseMessage Deliver(in Attempt attempt, HttpRequestMessage request, HttpResponseMessage response, bool isEnded)
    {
        var head = TakeHead(attempt, response);
        Mark(attempt, request, response);
        if (isEnded || ResponseSignals.IsComplete(request, response, head))
        {
            EndRead(attempt, response);
            return response;
        }

        var open = OpenAttempt.Of(ResponseSignals.IsEventStream(response) ? attempt.Untimed() : attempt, response);

        // Muster's own client says itself how the call ends. Whoever else reads does not, so the content has to find out.
        if (request.Content is not IFollowedContent content || !content.TryFollow(open))
        {
            response.Content = new CountedContent(response.Content, open);
        }

        return response;
    }

    /// <summary>Delivers the answer of an attempt that has been ended: nothing better came after it.</summary>
    public static HttpResponseMessage DeliverEnded(in Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
    {
        Mark(attempt, request, response);
        attempt.EndCall(ResponseSignals.ResultOf(response), response);
        return response;
    }

    /// <summary>Ends an attempt whose answer asks for another try, which follows.</summary>
    public static void EndRefused(in Attempt attempt, HttpResponseMessage response, bool isEnded)
    {
        TakeHead(attempt, response);
        if (isEnded)
        {
            EndRead(attempt, response, willRetry: true);
        }
        else
        {
            attempt.End(ResponseSignals.ResultOf(response), willRetry: true);
        }
    }

    /// <summary>Ends an attempt whose answer has been read to its end, and takes what that end says of the instance: how the call went, its
    /// load, and that it leaves.</summary>
    public static void EndRead(in Attempt attempt, HttpResponseMessage response, bool willRetry = false)
    {
        var end = AnswerSigns.OfEnd(response);
        var now = attempt.End(ResponseSignals.ResultOf(response, end.Status), willRetry, end.Status);

        // After the end, so that the report does not find the call that brought it in flight.
        ResponseSignals.TakeReportAtEnd(end, attempt.Member.Statistics, now);
        if (end.IsDraining)
        {
            attempt.Route.Balancer.Fleet.OnLeaving(attempt.Member);
        }
    }

    private static AnswerSigns TakeHead(in Attempt attempt, HttpResponseMessage response)
    {
        var (member, fleet) = (attempt.Member, attempt.Route.Balancer.Fleet);
        var head = AnswerSigns.OfHead(response);
        fleet.OnAnswered(member);
        ResponseSignals.TakeReport(head, member.Statistics, attempt.Route.TimeProvider);
        if (head.IsDraining)
        {
            fleet.OnLeaving(member);
        }

        return head;
    }

    private static void Mark(in Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
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
