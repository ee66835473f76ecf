using Google.Protobuf;
using Muster.Grpc.AspNetCore.Calls;

namespace Muster.Grpc.AspNetCore;

/// <summary>Collects the methods of a service with their handlers.</summary>
/// <remarks>A handler ends a call with another status than OK by throwing <see cref="RpcException"/>. Any other
/// exception becomes <see cref="StatusCode.Unknown"/>, is logged, and its text stays on the server; an
/// <see cref="OperationCanceledException"/> after the deadline becomes <see cref="StatusCode.DeadlineExceeded"/>.
/// Binding a method of another kind, or the same method twice, throws <see cref="ArgumentException"/>.</remarks>
public sealed class GrpcServiceBinder
{
    private readonly CallSettings _settings;
    private readonly Dictionary<string, MethodHandler> _handlers = new(StringComparer.Ordinal);

    internal GrpcServiceBinder(CallSettings settings) => _settings = settings;

    internal IReadOnlyCollection<MethodHandler> Handlers => _handlers.Values;

    /// <summary>Binds a unary method.</summary>
    public void Unary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, GrpcServerContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        Add(MethodKind.Unary, new UnaryHandler<TRequest, TResponse, TResponse>(
            method, handler, static (responses, message) => responses.Write(message), _settings));

    /// <summary>Binds a unary method whose handler encodes the response itself. It is sent uncompressed.</summary>
    public void UnaryEncoded<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, GrpcServerContext, Task<EncodedMessage>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        Add(MethodKind.Unary, new UnaryHandler<TRequest, TResponse, EncodedMessage>(
            method, handler, static (responses, message) => responses.Write(message), _settings));

    /// <summary>Binds a client-streaming method.</summary>
    public void ClientStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<IRequestReader<TRequest>, GrpcServerContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        Add(MethodKind.ClientStreaming, new ClientStreamingHandler<TRequest, TResponse>(method, handler, _settings));

    /// <summary>Binds a server-streaming method.</summary>
    public void ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, IResponseWriter<TResponse>, GrpcServerContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        Add(MethodKind.ServerStreaming, new ServerStreamingHandler<TRequest, TResponse>(method, handler, _settings));

    /// <summary>Binds a duplex method.</summary>
    public void Duplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<IRequestReader<TRequest>, IResponseWriter<TResponse>, GrpcServerContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        Add(MethodKind.DuplexStreaming, new DuplexHandler<TRequest, TResponse>(method, handler, _settings));

    private void Add(MethodKind kind, MethodHandler handler)
    {
        var method = handler.Method;
        if (method.Kind != kind)
        {
            throw new ArgumentException(
                $"Method {method.FullName} is {method.Kind} in its .proto file and cannot be bound as {kind}.");
        }

        if (!_handlers.TryAdd(method.FullName, handler))
        {
            throw new ArgumentException($"Method {method.FullName} is bound twice.");
        }
    }
}
