namespace Muster.Grpc;

/// <summary>The content of a call with one request. Of a unary call it says how that ends, so a handler that wants to know need not put a
/// content of its own around the answer.</summary>
public interface IFollowedContent : IGrpcContent
{
    /// <summary>Asks to be told. For a handler that has an answer to the request, before it hands that out.</summary>
    /// <returns>False if the call is not unary, if another is told already, or if it is over: then nothing will be said of this answer.</returns>
    bool TryFollow(ICallFollower follower);
}
