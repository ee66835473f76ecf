using Google.Protobuf;
using Muster.Grpc.Calls;
using Muster.Grpc.Wire;

namespace Muster.Grpc;

/// <summary>Sends gRPC calls through an <see cref="HttpMessageInvoker"/> to one logical address.</summary>
/// <remarks>Thread-safe. Does not own the invoker. Every failure of a call arrives as <see cref="RpcException"/>; other
/// exceptions mean misuse, or a token given to a single read or write.</remarks>
public sealed class GrpcClient
{
    private readonly Transport _transport;
    private readonly RequestFactory _requests;
    private readonly GrpcClientOptions _options;

    /// <summary>Creates a client.</summary>
    /// <param name="invoker">Sends the HTTP/2 requests: a plain <see cref="SocketsHttpHandler"/>, or any handler that
    /// chooses an instance for each call. Not disposed here. An <see cref="HttpClient"/> works too, but mind its
    /// <see cref="HttpClient.Timeout"/>: 100 s by default, over all that happens before the response headers.</param>
    /// <param name="address">Scheme (http or https), host and port; a path is not allowed.</param>
    /// <param name="options">What every call shares.</param>
    /// <exception cref="ArgumentException">The address has a path or another scheme.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message names it.</exception>
    public GrpcClient(HttpMessageInvoker invoker, Uri address, GrpcClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(invoker);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || address.PathAndQuery != "/")
        {
            throw new ArgumentException($"'{address}' must be http or https with host and port only.", nameof(address));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(
            options.ReceiveMessageBytesMax, 1, nameof(options.ReceiveMessageBytesMax));
        ArgumentOutOfRangeException.ThrowIfLessThan(
            options.SendMessageBytesMax ?? 1, 1, nameof(options.SendMessageBytesMax));
        _transport = new Transport(invoker, options.TimeProvider);
        _requests = new RequestFactory(address);
        _options = options;
    }

    /// <summary>Calls a unary method.</summary>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => RunUnary(method, request, options, received: null);

    /// <summary>Calls a unary method and also returns its headers and trailers.</summary>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public async Task<UnaryResult<TResponse>> UnaryWithMetadataAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var received = new ReceivedMetadata();
        var response = await RunUnary(method, request, options, received).ConfigureAwait(false);
        return new UnaryResult<TResponse>(response, received.Headers, received.Trailers);
    }

    /// <summary>Starts a call of a server-streaming method.</summary>
    /// <returns>The call, which the caller disposes. Failures show when it is read.</returns>
    public StreamingCall<TRequest, TResponse> ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckKind(method, MethodKind.ServerStreaming);
        return Start(method, new UnaryContent(method, request, options.Compress), request, options);
    }

    /// <summary>Starts a call of a client-streaming or duplex method. The request headers leave at once, so the server
    /// may answer before the first message is written.</summary>
    /// <returns>The call, which the caller disposes. Failures show when it is read or written.</returns>
    public StreamingCall<TRequest, TResponse> Streaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, GrpcCallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(method);
        var isOneResponse = method.Kind == MethodKind.ClientStreaming;
        CheckKind(method, isOneResponse ? MethodKind.ClientStreaming : MethodKind.DuplexStreaming);
        return Start(method, new StreamingContent(method), null, options);
    }

    private static void CheckKind(GrpcMethod method, MethodKind expected)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (method.Kind != expected)
        {
            throw new ArgumentException($"Method {method.FullName} is {method.Kind}, not {expected}.", nameof(method));
        }
    }

    private Task<TResponse> RunUnary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions options, ReceivedMetadata? received)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckKind(method, MethodKind.Unary);
        var timeout = options.Timeout ?? _options.DefaultTimeout;
        try
        {
            var message = Prepare(method, new UnaryContent(method, request, options.Compress), request, options, timeout);
            var lifetime = CallLifetime.ForUnary(timeout, _options.TimeProvider, options.CancellationToken);
            return UnaryCall.RunAsync(
                _transport,
                message,
                method.ResponseType,
                _options.ReceiveMessageBytesMax,
                lifetime,
                options.WaitForReady,
                received);
        }
        catch (RpcException e)
        {
            return Task.FromException<TResponse>(e);
        }
    }

    private StreamingCall<TRequest, TResponse> Start<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, HttpContent content, TRequest? single, GrpcCallOptions options)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var timeout = options.Timeout ?? _options.DefaultTimeout;
        var stream = content as StreamingContent;
        RunningCall call;
        try
        {
            var message = Prepare(method, content, single, options, timeout);
            var lifetime = new CallLifetime(timeout, _options.TimeProvider, canCancel: true, options.CancellationToken);
            call = RunningCall.Start(_transport, message, stream, lifetime, options.WaitForReady);
        }
        catch (RpcException e)
        {
            call = RunningCall.Failed(
                e, stream, new CallLifetime(null, _options.TimeProvider, canCancel: true, default));
        }

        return new StreamingCall<TRequest, TResponse>(call, method, _options, options.Compress);
    }

    /// <summary>Everything that can fail before the wire does so here.</summary>
    private HttpRequestMessage Prepare(
        GrpcMethod method, HttpContent content, IMessage? single, GrpcCallOptions options, TimeSpan? timeout)
    {
        if (timeout <= TimeSpan.Zero)
        {
            throw new RpcException(CallLifetime.DeadlineStatus) { NeverRan = true };
        }

        if (single is not null && _options.SendMessageBytesMax is { } limit)
        {
            FrameWriter.CheckedSize(single, limit);
        }

        return _requests.Create(method, content, options.Headers, timeout, options.Compress);
    }
}
