namespace Muster.Grpc;

/// <summary>Is told how a unary call ends whose answer a handler has let through.</summary>
public interface ICallFollower
{
    /// <summary>The call is over. Called exactly once, by whichever thread ends it; must neither block nor throw.</summary>
    /// <param name="response">The answer, if it was read to its end, so that its trailers are there. Null: it was not, or none came.
    /// It is not the follower's own where a handler in between sent the request again, or answered in its own words.</param>
    /// <param name="failure">What was thrown instead; null if nothing was, or if it was not the transport.</param>
    void OnEnded(HttpResponseMessage? response, Exception? failure);
}
