using Google.Protobuf;

namespace Muster.Grpc.AspNetCore;

/// <summary>Collects the methods of a service with their handlers.</summary>
/// <remarks>A handler ends a call with another status than OK by throwing <see cref="RpcException"/>. Any other
/// exception becomes <see cref="StatusCode.Unknown"/>, is logged, and its text stays on the server.</remarks>
public sealed class GrpcServiceBinder
{
    /// <summary>Binds a unary method.</summary>
    public void Unary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, GrpcServerContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();

    /// <summary>Binds a client-streaming method.</summary>
    public void ClientStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<IRequestReader<TRequest>, GrpcServerContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();

    /// <summary>Binds a server-streaming method.</summary>
    public void ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, IResponseWriter<TResponse>, GrpcServerContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();

    /// <summary>Binds a duplex method.</summary>
    public void Duplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<IRequestReader<TRequest>, IResponseWriter<TResponse>, GrpcServerContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => throw new NotImplementedException();
}
