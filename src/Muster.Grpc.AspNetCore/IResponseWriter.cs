namespace Muster.Grpc.AspNetCore;

/// <summary>The stream of responses, written by one writer at a time.</summary>
public interface IResponseWriter<TResponse>
    where TResponse : class
{
    /// <summary>Sends one message and flushes. Completes when the transport has taken it, so a slow client slows the
    /// writer.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait for the client. A client that has not taken the message one second
    /// later loses the call: no status gets past what waits.</param>
    /// <exception cref="OperationCanceledException">The call was cancelled, its deadline passed, or the client
    /// vanished.</exception>
    ValueTask WriteAsync(TResponse message, CancellationToken cancellationToken = default);

    /// <summary>Sends a message that was encoded before, and flushes if asked to.</summary>
    /// <param name="message">The encoded message; must be of the response type.</param>
    /// <param name="flush">False keeps the bytes until the next flushing write, so that a batch costs one
    /// flush.</param>
    /// <param name="cancellationToken">Ends the wait for the client, as with a message.</param>
    ValueTask WriteAsync(EncodedMessage message, bool flush = true, CancellationToken cancellationToken = default);
}
