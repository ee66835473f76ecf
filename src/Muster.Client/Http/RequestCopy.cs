using Muster.Grpc;

namespace Muster.Client.Http;

/// <summary>Copies a request, so that it can be on its way twice at once, or say something else than the first time.</summary>
internal static class RequestCopy
{
    /// <summary>Copies all but the content, which both share: it must be one that can be read again.</summary>
    /// <param name="request">Not touched.</param>
    /// <param name="left">The time that is left of its deadline; null if it has none.</param>
    /// <param name="previous">Attempts before this one that a gRPC server is told of.</param>
    public static HttpRequestMessage Of(HttpRequestMessage request, TimeSpan? left, int previous)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri)
        {
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
            Content = request.Content,
        };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (key, value) in request.Options)
        {
            ((IDictionary<string, object?>)copy.Options)[key] = value;
        }

        if (left is { } time)
        {
            GrpcHeaders.WriteTimeout(copy, time);
        }

        GrpcHeaders.AddPreviousAttempts(copy, previous);

        return copy;
    }
}
