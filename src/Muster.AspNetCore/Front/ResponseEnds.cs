using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Muster.AspNetCore.Front;

/// <summary>Reads from a response how its request ended.</summary>
internal static class ResponseEnds
{
    public const string GrpcStatus = "grpc-status";

    /// <summary>How it ended, once its handler has returned.</summary>
    /// <remarks>A gRPC status rides on HTTP 200. Those that callers take for a failure of the instance are failures here too.</remarks>
    public static RequestEnd Of(HttpResponse response, bool isGrpc) => response.StatusCode switch
    {
        >= StatusCodes.Status500InternalServerError => RequestEnd.Failed,
        StatusCodes.Status429TooManyRequests => RequestEnd.TurnedAway,
        _ => isGrpc ? OfStatus(StatusOf(response)) : RequestEnd.Answered,
    };

    /// <summary>Where a gRPC response keeps what comes after its messages; null if nothing can be added there any more.</summary>
    public static IHeaderDictionary? TrailersOf(HttpResponse response)
    {
        // A response that is nothing but a status has it among its headers: they are all it has, and stand for its trailers.
        var trailers = IsTrailersOnly(response)
            ? response.Headers
            : response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        return trailers is { IsReadOnly: false } ? trailers : null;
    }

    private static bool IsTrailersOnly(HttpResponse response) => !response.HasStarted && response.Headers.ContainsKey(GrpcStatus);

    private static string? StatusOf(HttpResponse response)
    {
        var trailers = response.Headers.ContainsKey(GrpcStatus)
            ? response.Headers
            : response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        return trailers?[GrpcStatus];
    }

    private static RequestEnd OfStatus(string? code) => code switch
    {
        // UNKNOWN, INTERNAL, UNAVAILABLE, DATA_LOSS.
        "2" or "13" or "14" or "15" => RequestEnd.Failed,
        // RESOURCE_EXHAUSTED.
        "8" => RequestEnd.TurnedAway,
        // CANCELLED, DEADLINE_EXCEEDED.
        "1" or "4" => RequestEnd.GivenUp,
        _ => RequestEnd.Answered,
    };
}
