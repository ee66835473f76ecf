using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Client.Telemetry;
using Muster.Grpc;

namespace Muster.Client.Http;

/// <summary>One call at one instance, from the pick to its end.</summary>
/// <remarks>A value: it costs nothing to carry. Whoever carries it ends it, exactly once.</remarks>
/// <param name="route">How the call came to the instance.</param>
/// <param name="member">The instance.</param>
/// <param name="startedAt">When it was picked.</param>
/// <param name="isTimed">Whether its length says something of the instance: a stream's does not.</param>
/// <param name="trace">Who wants to hear of it; null if nobody does.</param>
/// <param name="isReading">Whether its answer has begun.</param>
internal readonly struct Attempt(
    ServiceRoute route, Member member, TimeSpan startedAt, bool isTimed, AttemptTrace? trace, bool isReading = false)
{
    public Member Member => member;

    public ServiceRoute Route => route;

    public TimeSpan StartedAt => startedAt;

    /// <summary>Who wants to hear of it; null if nobody does.</summary>
    public AttemptTrace? Trace => trace;

    /// <summary>The same attempt, whose answer has begun: from here on, this one is ended in its place.</summary>
    /// <param name="isStream">Whether the answer has turned out to be a stream, whose length says nothing.</param>
    public Attempt Reading(bool isStream)
    {
        member.Statistics.OnReading();
        return new Attempt(route, member, startedAt, isTimed && !isStream, trace, isReading: true);
    }

    /// <summary>Counts and reports its end.</summary>
    /// <param name="result">What it says of the instance.</param>
    /// <param name="willRetry">Whether the call goes on with another instance.</param>
    /// <param name="status">The gRPC status; null if none came.</param>
    /// <param name="response">The answer; null if there is none.</param>
    /// <param name="exception">What was thrown; null if nothing was.</param>
    /// <returns>The time.</returns>
    public TimeSpan End(
        AttemptResult result, bool willRetry = false, StatusCode? status = null, HttpResponseMessage? response = null, Exception? exception = null)
    {
        var now = route.TimeProvider.Now();
        var duration = now - startedAt;
        if (isReading)
        {
            member.Statistics.OnRead();
        }

        route.Balancer.Fleet.OnEnded(member, result, startedAt, now, isTimed);
        route.OnEnded(member, duration, result, willRetry);
        trace?.End(new AttemptEnd(result, status, response, exception), now, willRetry);
        return now;
    }

    /// <summary>Reports the end of its call, which ended after it: the call was to go on elsewhere, and did not.</summary>
    /// <param name="result">How the call ended.</param>
    /// <param name="response">The answer that the caller gets; null if it gets none.</param>
    public void EndCall(AttemptResult result, HttpResponseMessage? response = null) =>
        trace?.EndCall(
            new AttemptEnd(result, response is null ? null : ResponseSignals.GrpcStatus(response), response), route.TimeProvider.Now());
}
