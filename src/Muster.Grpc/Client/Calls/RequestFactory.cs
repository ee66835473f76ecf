using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>Builds the HTTP request of a call.</summary>
internal sealed class RequestFactory(Uri address)
{
    private static readonly string UserAgent =
        $"muster-grpc/{typeof(RequestFactory).Assembly.GetName().Version?.ToString(3) ?? "0.0.0"}";

    // One per method, so bounded by the program; parsing a URI for each call would cost more than sending it.
    private readonly ConcurrentDictionary<GrpcMethod, Uri> _uris = new();

    /// <exception cref="RpcException">ResourceExhausted: too much metadata.</exception>
    public HttpRequestMessage Create(
        GrpcMethod method, HttpContent content, Metadata? metadata, TimeSpan? timeout, bool compress)
    {
        var uri = _uris.GetOrAdd(method, static (m, root) => new Uri(root, m.FullName), address);
        var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.TryAddWithoutValidation("content-type", WireNames.ContentType);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", UserAgent);
        request.Headers.TryAddWithoutValidation(WireNames.AcceptEncoding, MessageEncoding.Accepted);
        if (compress)
        {
            request.Headers.TryAddWithoutValidation(WireNames.Encoding, MessageEncoding.Gzip);
        }

        if (timeout is { } limit)
        {
            request.Headers.TryAddWithoutValidation(WireNames.Timeout, TimeoutCodec.Format(limit));
        }

        if (metadata is { Count: > 0 })
        {
            AddMetadata(request.Headers, content.Headers, metadata);
        }

        return request;
    }

    private static void AddMetadata(HttpRequestHeaders headers, HttpContentHeaders contentHeaders, Metadata metadata)
    {
        MetadataCodec.CheckSize(metadata);
        foreach (var entry in metadata)
        {
            // .NET keeps some names ("expires", "allow", ...) for content headers; on the wire there is no difference.
            var value = MetadataCodec.Encode(entry);
            if (!headers.TryAddWithoutValidation(entry.Key, value))
            {
                contentHeaders.TryAddWithoutValidation(entry.Key, value);
            }
        }
    }
}
