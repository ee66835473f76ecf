using System.Globalization;
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

    /// <summary>Tells the server how often the call has been sent before (<c>grpc-previous-rpc-attempts</c>, gRFC A6).</summary>
    /// <param name="request">The request; must not be on its way. What it says already, for a layer above that sends calls again, is added
    /// to.</param>
    /// <param name="count">Attempts that may have reached the server's application; hedges count like retries. Zero: nothing is said.</param>
    public static void AddPreviousAttempts(HttpRequestMessage request, int count)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (count <= 0)
        {
            return;
        }

        var known = request.Headers.NonValidated.TryGetValues(WireNames.PreviousAttempts, out var values)
            && ushort.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? before
            : 0;
        request.Headers.Remove(WireNames.PreviousAttempts);
        request.Headers.TryAddWithoutValidation(WireNames.PreviousAttempts, (known + count).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>How long the server wants another try to wait (<c>grpc-retry-pushback-ms</c>, gRFC A6).</summary>
    /// <param name="trailers">The trailers, or the headers of a response without a body.</param>
    /// <returns>Null if it does not say. <see cref="Timeout.InfiniteTimeSpan"/> (any negative or unreadable value): not to be tried
    /// again.</returns>
    public static TimeSpan? ReadPushback(HttpHeadersNonValidated trailers) =>
        trailers.TryGetValues(WireNames.RetryPushback, out var values) ? PushbackCodec.Parse(values.ToString()) : null;
}
