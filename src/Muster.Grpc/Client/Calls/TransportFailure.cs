using System.Net;
using System.Security.Authentication;

namespace Muster.Grpc.Calls;

/// <summary>Turns what <see cref="HttpMessageInvoker"/> and its streams throw into a status.</summary>
internal static class TransportFailure
{
    private const long NoError = 0x0;

    public static RpcException Map(Exception exception, CallLifetime lifetime)
    {
        if (lifetime.CutShort is { } cutShort)
        {
            return new RpcException(cutShort, null, exception);
        }

        var neverRan = Http2Refusal.IsCertain(exception);
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                // A handler below may end a call with a status of its own.
                case RpcException rpc:
                    return rpc;
                case HttpProtocolException e when IsGracefulGoAway(e):
                    const string refused = "The server takes no more calls on its connections (GOAWAY).";
                    const string lost = "The server closed the connection before it had answered (GOAWAY).";
                    return End(StatusCode.Unavailable, neverRan ? refused : lost, exception, neverRan);
                case HttpProtocolException e when IsSilence(e):
                    return End(StatusCode.Unavailable, $"The connection was lost: {e.Message}", exception);
                case HttpProtocolException e:
                    var reset = $"The HTTP/2 stream was reset: {e.Message}";
                    return End(FromHttp2(e.ErrorCode), reset, exception, neverRan);
                default:
                    break;
            }
        }

        return exception switch
        {
            HttpRequestException e => End(
                StatusCode.Unavailable,
                $"The server cannot be reached: {e.Message}",
                exception,
                neverRan: IsBeforeConnection(e.HttpRequestError)),
            IOException => End(StatusCode.Unavailable, $"The connection was lost: {exception.Message}", exception),
            OperationCanceledException { InnerException: TimeoutException } =>
                End(StatusCode.Unavailable, "The transport's own timeout passed.", exception),
            OperationCanceledException => End(StatusCode.Cancelled, "The transport cancelled the call.", exception),
            AuthenticationException => End(StatusCode.Unavailable, exception.Message, exception),
            _ => End(StatusCode.Internal, $"The call failed on the client: {exception.Message}", exception),
        };
    }

    /// <summary>The table "HTTP2 Transport Mapping, Errors" of grpc/doc/PROTOCOL-HTTP2.md.</summary>
    public static StatusCode FromHttp2(long errorCode) => errorCode switch
    {
        NoError => StatusCode.Internal,
        0x1 => StatusCode.Internal, // PROTOCOL_ERROR
        0x2 => StatusCode.Internal, // INTERNAL_ERROR
        0x3 => StatusCode.Internal, // FLOW_CONTROL_ERROR
        0x4 => StatusCode.Internal, // SETTINGS_TIMEOUT
        0x6 => StatusCode.Internal, // FRAME_SIZE_ERROR
        Http2Refusal.RefusedStream => StatusCode.Unavailable,
        0x8 => StatusCode.Cancelled, // CANCEL
        0x9 => StatusCode.Internal, // COMPRESSION_ERROR
        0xa => StatusCode.Internal, // CONNECT_ERROR
        0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Unknown, // STREAM_CLOSED has no mapping, and codes may be added.
    };

    /// <summary>The table of grpc/doc/http-grpc-status-mapping.md, for answers that are not gRPC.</summary>
    public static StatusCode FromHttpStatus(HttpStatusCode status) => (int)status switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    private static RpcException End(StatusCode code, string detail, Exception cause, bool neverRan = false) =>
        new(new Status(code, detail), null, cause) { NeverRan = neverRan };

    /// <summary>Whether a connection ended after a GOAWAY without an error.</summary>
    /// <remarks>The exception tells GOAWAY from RST_STREAM by nothing but its text (or resource key), which both name
    /// the connection or the stream. A RST_STREAM with NO_ERROR in place of a response is nonsense.</remarks>
    private static bool IsGracefulGoAway(HttpProtocolException e) =>
        e.ErrorCode == NoError && e.Message.Contains("connection", StringComparison.Ordinal)
        && !e.Message.Contains("stream", StringComparison.Ordinal);

    /// <summary>A keep-alive ping that was not answered. The transport reports it as a protocol error, although nothing
    /// came that could be wrong; again only the text (or resource key) says so.</summary>
    private static bool IsSilence(HttpProtocolException e) => e.Message.Contains("ping", StringComparison.Ordinal);

    private static bool IsBeforeConnection(HttpRequestError error) => error is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError
        or HttpRequestError.VersionNegotiationError;
}
