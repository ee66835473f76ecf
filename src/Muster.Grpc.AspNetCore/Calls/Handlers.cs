using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>One request, one response.</summary>
/// <param name="method">The method.</param>
/// <param name="handler">Answers.</param>
/// <param name="write">Writes what the handler returns: the message, or its encoding.</param>
/// <param name="settings">What every method shares.</param>
internal sealed class UnaryHandler<TRequest, TResponse, TResult>(
    GrpcMethod<TRequest, TResponse> method,
    Func<TRequest, GrpcServerContext, Task<TResult>> handler,
    Action<ResponseWriter<TResponse>, TResult> write,
    CallSettings settings) : MethodHandler(method, settings)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask RunAsync(GrpcServerContext context)
    {
        var request = await new RequestReader<TRequest>(context, method.RequestType, Options.ReceiveMessageBytesMax)
            .ReadSingleAsync().ConfigureAwait(false);
        var response = await handler(request, context).ConfigureAwait(false);
        write(new ResponseWriter<TResponse>(context, Options.SendMessageBytesMax), response);
    }
}

/// <summary>Many requests, one response.</summary>
internal sealed class ClientStreamingHandler<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<IRequestReader<TRequest>, GrpcServerContext, Task<TResponse>> handler,
    CallSettings settings) : MethodHandler(method, settings)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask RunAsync(GrpcServerContext context)
    {
        var requests = new RequestReader<TRequest>(context, method.RequestType, Options.ReceiveMessageBytesMax);
        var response = await handler(requests, context).ConfigureAwait(false);
        new ResponseWriter<TResponse>(context, Options.SendMessageBytesMax).Write(response);
    }
}

/// <summary>One request, many responses.</summary>
internal sealed class ServerStreamingHandler<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<TRequest, IResponseWriter<TResponse>, GrpcServerContext, Task> handler,
    CallSettings settings) : MethodHandler(method, settings)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask RunAsync(GrpcServerContext context)
    {
        var request = await new RequestReader<TRequest>(context, method.RequestType, Options.ReceiveMessageBytesMax)
            .ReadSingleAsync().ConfigureAwait(false);
        var responses = new ResponseWriter<TResponse>(context, Options.SendMessageBytesMax);
        await handler(request, responses, context).ConfigureAwait(false);
    }
}

/// <summary>Many requests, many responses.</summary>
internal sealed class DuplexHandler<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<IRequestReader<TRequest>, IResponseWriter<TResponse>, GrpcServerContext, Task> handler,
    CallSettings settings) : MethodHandler(method, settings)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    protected override ValueTask RunAsync(GrpcServerContext context) => new(handler(
        new RequestReader<TRequest>(context, method.RequestType, Options.ReceiveMessageBytesMax),
        new ResponseWriter<TResponse>(context, Options.SendMessageBytesMax),
        context));
}
