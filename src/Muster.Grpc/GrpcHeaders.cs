using System.Net.Http.Headers;
using Muster.Grpc.Wire;

namespace Muster.Grpc;

/// <summary>What a handler between <see cref="GrpcClient"/> and the network reads and writes of a call: a handler that sends a call
/// again must not promise the server the whole deadline again, and has to heed what the server says of another try.</summary>
public static class GrpcHeaders
{
    /// <summary>How long the call may take, from the moment the request was made (<c>grpc-timeout</c>).</summary>
    /// <returns>Null if the request gives no deadline, or none that can be read. Zero: it has passed.</returns>
    public static TimeSpan? ReadTimeout(HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Headers.NonValidated.TryGetValues(WireNames.Timeout, out var values)
            && TimeoutCodec.TryParse(values.ToString(), out var timeout)
            ? timeout
            : null;
    }

    /// <summary>Gives the call so long, from now.</summary>
    /// <param name="request">The request; must not be on its way.</param>
    /// <param name="timeout">At least one tick (100 ns); shorter ones are taken for that.</param>
    public static void WriteTimeout(HttpRequestMessage request, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Headers.Remove(WireNames.Timeout);
        request.Headers.TryAddWithoutValidation(
            WireNames.Timeout, TimeoutCodec.Format(timeout.Ticks > 0 ? timeout : TimeSpan.FromTicks(1)));
    }

    /// <summary>How long the server wants another try to wait (<c>grpc-retry-pushback-ms</c>, gRFC A6).</summary>
    /// <param name="trailers">The trailers, or the headers of a response without a body.</param>
    /// <returns>Null if it does not say. <see cref="Timeout.InfiniteTimeSpan"/> (any negative or unreadable value): not to be tried
    /// again.</returns>
    public static TimeSpan? ReadPushback(HttpHeadersNonValidated trailers) =>
        trailers.TryGetValues(WireNames.RetryPushback, out var values) ? PushbackCodec.Parse(values.ToString()) : null;
}
