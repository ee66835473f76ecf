namespace Muster.Client.Http;

/// <summary>Sends one attempt and takes what it brings.</summary>
internal static class Exchange
{
    /// <summary>Sends a request to an instance.</summary>
    /// <param name="connections">The connections to the instance.</param>
    /// <param name="request">The request.</param>
    /// <param name="timeout">How long the answer may take; null is as long as it takes.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Never throws: what goes wrong is in the reply.</returns>
    public static async Task<Reply> SendAsync(
        InstanceConnections connections, HttpRequestMessage request, TimeSpan? timeout, TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        using var limit = timeout is { } time ? new CancellationTokenSource(time, timeProvider) : null;
        using var either = limit is null ? null : CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var token = either?.Token ?? cancellationToken;
        HttpResponseMessage? response = null;
        try
        {
            response = await connections.SendAsync(request, token).ConfigureAwait(false);
            var isEnded = Resilience.RequestTraits.IsHeldBack(request)
                && await HeldResponse.HoldAsync(response, token).ConfigureAwait(false);
            return new Reply(response, isEnded, null);
        }
        catch (Exception e)
        {
            response?.Dispose();
            return limit is { IsCancellationRequested: true } && !cancellationToken.IsCancellationRequested
                ? new Reply(null, false, new TimeoutException($"no answer within {timeout!.Value.TotalMilliseconds:0.###} ms", e)) { IsTimedOut = true }
                : new Reply(null, false, e);
        }
    }
}
