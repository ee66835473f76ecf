using Microsoft.AspNetCore.Http;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Tells gRPC requests from others, which are answered in HTTP: they would not understand a gRPC
/// status.</summary>
internal static class RequestCheck
{
    public static bool IsGrpc(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && WireNames.IsGrpcContentType(request.ContentType);

    /// <summary>True if the request is gRPC; otherwise the HTTP answer is set.</summary>
    public static bool Passes(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return false;
        }

        if (!WireNames.IsGrpcContentType(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        // gRPC-over-HTTP/1.1 does not exist: the status travels in trailers, which HTTP/1.1 clients do not read.
        if (HttpProtocol.IsHttp11(http.Request.Protocol) || HttpProtocol.IsHttp10(http.Request.Protocol))
        {
            http.Response.Headers.Upgrade = "h2c";
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return false;
        }

        return true;
    }
}
