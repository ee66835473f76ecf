using Muster.Grpc;

namespace Muster.Client.Resilience;

/// <summary>What may be done with a request a second time.</summary>
internal static class RequestTraits
{
    /// <summary>The header by which a caller promises that the callee counts the call once however often it arrives.</summary>
    public const string IdempotencyKeyHeader = "idempotency-key";

    /// <summary>The gRPC method, if the request says which one it is.</summary>
    public static GrpcMethod? ReplayableGrpcMethod(HttpRequestMessage request) =>
        request.Content is IReplayableContent and IGrpcContent { Method: var method } ? method : null;

    /// <summary>Whether running the request twice is as good as running it once.</summary>
    public static bool IsIdempotent(HttpRequestMessage request) =>
        HasIdempotentMethod(request)
        || ReplayableGrpcMethod(request) is { Idempotency: not Idempotency.Unknown }
        || request.Headers.NonValidated.Contains(IdempotencyKeyHeader);

    /// <summary>Whether the content can be serialised a second time.</summary>
    /// <remarks>By exact type where the type is not sealed: a derived class may have its own idea of serialising.</remarks>
    public static bool IsReplayable(HttpRequestMessage request) => request.Content is null or IReplayableContent or ReadOnlyMemoryContent
        || (request.Content.GetType() is var type
            && (type == typeof(ByteArrayContent) || type == typeof(StringContent) || type == typeof(FormUrlEncodedContent)));

    /// <summary>Whether a call is a gRPC stream, which takes as long as it is wanted: its length says nothing of the instance.</summary>
    public static bool IsStream(HttpRequestMessage request) =>
        request.Content is IGrpcContent { Method.Kind: not MethodKind.Unary };

    /// <summary>Whether a call is one of gRPC, whoever's client sends it.</summary>
    public static bool IsGrpc(HttpRequestMessage request) =>
        request.Content is { } content && (content is IGrpcContent || IsGrpcContentType(content));

    /// <summary>Whether how long a call takes says something of the instance. It does not for a stream, nor for a call of another gRPC
    /// client, which does not tell streams from other calls: a stream that is taken for a call looks like an instance that hangs.</summary>
    public static bool IsTimed(HttpRequestMessage request) => request.Content switch
    {
        null => true,
        IGrpcContent { Method.Kind: var kind } => kind == MethodKind.Unary,
        var content => !IsGrpcContentType(content),
    };

    /// <summary>Whether the response is held back until its trailers are in: an idempotent gRPC call with one message each way,
    /// so that nothing is lost by waiting, and a break in the middle can still be retried unseen.</summary>
    public static bool IsHeldBack(HttpRequestMessage request) =>
        ReplayableGrpcMethod(request) is { Kind: MethodKind.Unary } method
        && (method.Idempotency != Idempotency.Unknown || request.Headers.NonValidated.Contains(IdempotencyKeyHeader));

    /// <summary>Whether a call may run at two instances at once: what may run twice, can be read twice, and is no stream.</summary>
    public static bool IsHedgeable(HttpRequestMessage request) =>
        IsIdempotent(request) && IsReplayable(request) && !IsStream(request)
        && !request.Headers.NonValidated.Contains("Upgrade")
        && !(request.Headers.NonValidated.TryGetValues("Accept", out var accept)
            && accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase));

    /// <summary>Keeps the transport from sending a request again by itself that must not run twice.</summary>
    /// <remarks>Over HTTP/1.1, <see cref="SocketsHttpHandler"/> sends a request up to three more times, on new connections to the
    /// same place, if the connection ends before the first byte of a response, whatever the method: it takes the connection
    /// for an idle one that was just closed. Once a content was sent it does not, and an empty one looks the same on the wire
    /// as none, because a POST without content says that its length is 0 anyway.</remarks>
    public static void PreventResending(HttpRequestMessage request)
    {
        if (request.Content is null && request.Version.Major < 2 && !IsIdempotent(request))
        {
            request.Content = new ByteArrayContent([]);
        }
    }

    private static bool IsGrpcContentType(HttpContent content) =>
        content.Headers.NonValidated.TryGetValues("Content-Type", out var type)
        && type.ToString().StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    // RFC 9110 §9.2.2. CONNECT, PATCH and POST are not in it.
    private static bool HasIdempotentMethod(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || request.Method == HttpMethod.Trace || request.Method == HttpMethod.Put || request.Method == HttpMethod.Delete;
}
