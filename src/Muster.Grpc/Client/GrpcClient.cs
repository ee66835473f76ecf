using Google.Protobuf;

namespace Muster.Grpc;

/// <summary>Sends gRPC calls through an <see cref="HttpMessageInvoker"/> to one logical address.</summary>
/// <remarks>Thread-safe. Does not own the invoker. Every failure arrives as <see cref="RpcException"/>.</remarks>
public sealed class GrpcClient
{
    private readonly HttpMessageInvoker _invoker;
    private readonly Uri _address;
    private readonly GrpcClientOptions _options;

    /// <summary>Creates a client.</summary>
    /// <param name="invoker">Sends the HTTP/2 requests: a plain <see cref="SocketsHttpHandler"/>, or any handler that
    /// chooses an instance for each call. Not disposed here.</param>
    /// <param name="address">Scheme, host and port; a path is not allowed.</param>
    /// <param name="options">What every call shares.</param>
    public GrpcClient(HttpMessageInvoker invoker, Uri address, GrpcClientOptions options)
    {
        _invoker = invoker;
        _address = address;
        _options = options;
    }

    /// <summary>Calls a unary method.</summary>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        throw new NotImplementedException($"{_invoker}{_address}{_options}");

    /// <summary>Calls a unary method and also returns its headers and trailers.</summary>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public Task<UnaryResult<TResponse>> UnaryWithMetadataAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();

    /// <summary>Starts a call of a server-streaming method.</summary>
    public StreamingCall<TRequest, TResponse> ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();

    /// <summary>Starts a call of a client-streaming or duplex method.</summary>
    public StreamingCall<TRequest, TResponse> Streaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();
}
