using Muster.Client.Balancing;
using Muster.Client.Picking;

namespace Muster.Client.Http;

/// <summary>One call at one instance, from the pick to its end.</summary>
/// <remarks>A value: it costs nothing to carry. Whoever carries it ends it, exactly once.</remarks>
/// <param name="route">How the call came to the instance.</param>
/// <param name="member">The instance.</param>
/// <param name="startedAt">When it was picked.</param>
/// <param name="isTimed">Whether its length says something of the instance: a stream's does not.</param>
internal readonly struct Attempt(ServiceRoute route, Member member, TimeSpan startedAt, bool isTimed)
{
    public Member Member => member;

    public ServiceRoute Route => route;

    public TimeSpan StartedAt => startedAt;

    /// <summary>The same attempt, whose length says nothing: its answer has turned out to be a stream.</summary>
    public Attempt Untimed() => new(route, member, startedAt, isTimed: false);

    /// <summary>Counts and reports its end.</summary>
    /// <param name="result">What it says of the instance.</param>
    /// <param name="willRetry">Whether the call goes on with another instance.</param>
    public void End(AttemptResult result, bool willRetry = false)
    {
        var now = route.TimeProvider.Now();
        var duration = now - startedAt;
        route.Balancer.Fleet.OnEnded(member, result, now, isTimed ? duration : null);
        route.OnEnded(member, duration, result, willRetry);
    }
}
