using Google.Protobuf;

namespace Muster.Grpc;

/// <summary>A running call with a stream on at least one side.</summary>
/// <remarks>One thread may write while another reads; two concurrent writes, or two concurrent reads, are misuse and
/// throw. Dispose ends the call: what has not ended by then is cancelled on both sides.</remarks>
public sealed class StreamingCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Sends one message. Completes when the transport has taken it, so a slow peer slows the writer.</summary>
    /// <exception cref="RpcException">The call has ended; the status says how.</exception>
    public ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Says that no more messages follow.</summary>
    public ValueTask CompleteWritesAsync() => throw new NotImplementedException();

    /// <summary>Reads messages until the server ends the stream.</summary>
    /// <exception cref="RpcException">The call ended with a status other than OK.</exception>
    public IAsyncEnumerable<TResponse> ReadAllAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads one message.</summary>
    /// <returns>The message, or null when the server ended the stream with OK.</returns>
    /// <exception cref="RpcException">The call ended with a status other than OK.</exception>
    public ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Completes when the response headers have arrived.</summary>
    public Task<Metadata> HeadersAsync => throw new NotImplementedException();

    /// <summary>The trailing metadata.</summary>
    /// <exception cref="InvalidOperationException">The response has not been read to its end yet.</exception>
    public Metadata Trailers => throw new NotImplementedException();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
