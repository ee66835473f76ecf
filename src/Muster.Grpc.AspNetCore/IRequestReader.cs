namespace Muster.Grpc.AspNetCore;

/// <summary>The stream of requests, read by one reader at a time.</summary>
public interface IRequestReader<TRequest>
    where TRequest : class
{
    /// <summary>Reads one message.</summary>
    /// <returns>The message, or null when the client has ended its stream.</returns>
    /// <exception cref="RpcException">The message is malformed or over the size limit.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled, its deadline passed, or the client
    /// vanished.</exception>
    ValueTask<TRequest?> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads messages until the client ends its stream.</summary>
    IAsyncEnumerable<TRequest> ReadAllAsync(CancellationToken cancellationToken = default);
}
