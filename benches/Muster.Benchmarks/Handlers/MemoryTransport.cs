using System.Net;
using Muster.Bench.LoadDriver.Grpc;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>The cheapest transport that behaves like one: it reads the request, is never done at once, and answers a hundred
/// bytes. What a handler adds stands out above it.</summary>
internal sealed class MemoryTransport(bool isGrpc) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            await content.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        }

        // As a socket: the answer is not there yet.
        await Task.Yield();
        var response = new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Version = isGrpc ? HttpVersion.Version20 : HttpVersion.Version11,
            Content = new ReadOnlyMemoryContent(BenchMethods.Frame),
        };
        response.Headers.TryAddWithoutValidation("date", "Thu, 01 Jan 1970 00:00:00 GMT");
        response.Headers.TryAddWithoutValidation("server", "memory");
        if (isGrpc)
        {
            response.Content.Headers.TryAddWithoutValidation("content-type", "application/grpc");
            response.TrailingHeaders.TryAddWithoutValidation("grpc-status", "0");
        }

        return response;
    }
}
