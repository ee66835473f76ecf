using Muster.Grpc;

namespace Muster.Client.Http;

/// <summary>How long an answer wants the next try to wait.</summary>
internal static class Pushback
{
    /// <summary>Reads it.</summary>
    /// <param name="response">An answer that asks for another try.</param>
    /// <param name="isEnded">Whether its trailers are there.</param>
    /// <param name="wallNow">The wall clock, which <c>Retry-After</c> may name a time of.</param>
    /// <returns>Null if it does not say; <see cref="Timeout.InfiniteTimeSpan"/> if it is not to be tried again.</returns>
    public static TimeSpan? Of(HttpResponseMessage response, bool isEnded, DateTimeOffset wallNow) =>
        (isEnded && ResponseSignals.Trailers(response) is { } trailers ? GrpcHeaders.ReadPushback(trailers) : null)
        ?? RetryAfter(response, wallNow);

    /// <summary>What <c>Retry-After</c> says (RFC 9110 §10.2.3); null if it is missing or cannot be read. A time that has passed is no
    /// wait.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset wallNow)
    {
        // Parsing allocates; the header is on few answers.
        if (!response.Headers.NonValidated.Contains("Retry-After") || response.Headers.RetryAfter is not { } retryAfter)
        {
            return null;
        }

        var wait = retryAfter.Delta ?? (retryAfter.Date - wallNow);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
