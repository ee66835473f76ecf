using System.Net;
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
        if (isEnded || ResponseSignals.IsTrailersOnly(response, head))
        {
            EndRead(attempt, response);
        }
        else if (!TryFollow(attempt, request, response))
        {
            Watch(attempt, request, response);
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
            attempt.End(ResponseSignals.ResultOf(response), willRetry: true, response: response);
        }
    }

    /// <summary>Ends an attempt whose answer has been read to its end, and takes what that end says of the instance: how the call went, its
    /// load, and that it leaves.</summary>
    public static void EndRead(in Attempt attempt, HttpResponseMessage response, bool willRetry = false)
    {
        var end = AnswerSigns.OfEnd(response);
        var now = attempt.End(ResponseSignals.ResultOf(response, end.Status), willRetry, end.Status, response);

        // After the end, so that the report does not find the call that brought it in flight.
        ResponseSignals.TakeReportAtEnd(end, attempt.Member.Statistics, now, attempt.StartedAt);
        if (end.IsDraining)
        {
            attempt.Route.Balancer.Fleet.OnLeaving(attempt.Member);
        }
    }

    // Muster's own client says itself how the call ends, where it reads the answer to its end.
    private static bool TryFollow(in Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK || request.Content is not IFollowedContent content)
        {
            return false;
        }

        var open = OpenAttempt.Of(attempt, response);
        if (content.TryFollow(open))
        {
            return true;
        }

        open.Discard();
        return false;
    }

    // Who else reads says nothing, so the content has to find out.
    private static void Watch(in Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
    {
        if (ResponseSignals.IsEmpty(request, response))
        {
            EndRead(attempt, response);
        }
        else
        {
            var reading = attempt.Reading(ResponseSignals.IsEventStream(response));
            response.Content = new CountedContent(response.Content, OpenAttempt.Of(reading, response));
        }
    }

    private static AnswerSigns TakeHead(in Attempt attempt, HttpResponseMessage response)
    {
        var (member, fleet) = (attempt.Member, attempt.Route.Balancer.Fleet);
        var head = AnswerSigns.OfHead(response);
        fleet.OnAnswered(member);
        ResponseSignals.TakeReport(head, member.Statistics, attempt.Route.TimeProvider, attempt.StartedAt);
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
