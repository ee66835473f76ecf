namespace Muster.Client.Http;

/// <summary>One call at one instance, from the pick to its end.</summary>
/// <remarks>A value: it costs nothing to carry. Whoever carries it ends it, exactly once.</remarks>
internal readonly struct Attempt(ServiceRoute route, Member member, TimeSpan startedAt)
{
    public Member Member => member;

    public ServiceRoute Route => route;

    /// <summary>Counts and reports its end.</summary>
    /// <param name="success">Whether the instance did its part.</param>
    /// <param name="willRetry">Whether the call goes on with another instance.</param>
    public void End(bool success, bool willRetry = false)
    {
        member.End();
        route.OnEnded(member, route.TimeProvider.Now() - startedAt, success, willRetry);
    }
}
