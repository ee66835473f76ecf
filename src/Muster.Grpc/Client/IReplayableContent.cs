namespace Muster.Grpc;

/// <summary>Marks an <see cref="HttpContent"/> that may be serialised again: a handler may send the same
/// <see cref="HttpRequestMessage"/>, or its content in another one, to a second instance.</summary>
/// <remarks>The content of a call with a single request (unary, server-streaming) carries this marker. The content of a
/// request stream does not: once its first message is on the way it cannot be sent again, and trying to
/// fails.</remarks>
#pragma warning disable CA1040 // A marker: the content either is replayable or not, and has nothing to say about how.
public interface IReplayableContent;
#pragma warning restore CA1040
