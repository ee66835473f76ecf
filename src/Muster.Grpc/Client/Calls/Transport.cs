namespace Muster.Grpc.Calls;

/// <summary>Sends requests so that the response can be read while it arrives.</summary>
internal sealed class Transport(HttpMessageInvoker invoker)
{
    /// <summary><see cref="HttpClient"/> is an invoker too, but would buffer the whole response unless told otherwise; no
    /// stream would ever show a message.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        invoker is HttpClient client
            ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            : invoker.SendAsync(request, cancellationToken);
}
