namespace Muster.Grpc.Calls;

/// <summary>Sends requests so that the response can be read while it arrives.</summary>
internal sealed class Transport(HttpMessageInvoker invoker, TimeProvider timeProvider)
{
    /// <summary>First pause before another try of a call that waits for a server; doubled after each, up to
    /// <see cref="PauseMax"/>. No jitter: the calls of a process do not start at one moment, and each pauses for
    /// itself.</summary>
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    /// <summary>Sends a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="lifetime">The call's deadline and caller.</param>
    /// <param name="waitForReady">Whether to try again, until the lifetime ends, while it is certain that no server has
    /// seen the call.</param>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CallLifetime lifetime, bool waitForReady) =>
        waitForReady ? SendWhenReadyAsync(request, lifetime) : SendAsync(request, lifetime.Token);

    private async Task<HttpResponseMessage> SendWhenReadyAsync(HttpRequestMessage request, CallLifetime lifetime)
    {
        var pause = PauseMin;
        var (timeout, startedAt) = (GrpcHeaders.ReadTimeout(request), timeProvider.GetTimestamp());
        while (true)
        {
            // A copy for each try: handlers below may have added to the one before.
            var attempt = Copy(request);
            if (timeout is { } whole)
            {
                // What the wait has used up is not promised to the server again.
                GrpcHeaders.WriteTimeout(attempt, whole - timeProvider.GetElapsedTime(startedAt));
            }

            try
            {
                return await SendAsync(attempt, lifetime.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (TransportFailure.Map(e, lifetime).NeverRan && CanSendAgain(attempt))
            {
                await Task.Delay(pause, timeProvider, lifetime.Token).ConfigureAwait(false);
                pause = pause + pause < PauseMax ? pause + pause : PauseMax;
            }
        }
    }

    private static bool CanSendAgain(HttpRequestMessage request) =>
        request.Content is IReplayableContent or StreamingContent { IsTaken: false };

    private static HttpRequestMessage Copy(HttpRequestMessage request)
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

        return copy;
    }

    /// <summary><see cref="HttpClient"/> is an invoker too, but would buffer the whole response unless told otherwise;
    /// no stream would ever show a message.</summary>
    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        invoker is HttpClient client
            ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            : invoker.SendAsync(request, cancellationToken);
}
