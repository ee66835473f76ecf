using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>Which gRPC method a request calls, whichever library sends it.</summary>
internal static class GrpcMethodName
{
    private const string MediaType = "application/grpc";

    /// <summary>The full name as in gRFC A66, <c>muster.v1.Registry/Watch</c>: without the slash that it begins with as a path.</summary>
    /// <returns>Null if the request is not one of gRPC.</returns>
    public static string? Of(HttpRequestMessage request)
    {
        if (request.Content is IGrpcContent grpc)
        {
            return grpc.Method.FullName[1..];
        }

        return IsGrpc(request.Content) && request.RequestUri is { IsAbsoluteUri: true, AbsolutePath: { Length: > 1 } path } ? path[1..] : null;
    }

    // application/grpc, application/grpc+proto, application/grpc;charset=utf-8; but application/grpc-web is another protocol.
    private static bool IsGrpc(HttpContent? content) =>
        content is not null
        && content.Headers.NonValidated.TryGetValues("Content-Type", out var types)
        && types.ToString() is var type
        && type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == MediaType.Length || type[MediaType.Length] is '+' or ';' or ' ');
}
