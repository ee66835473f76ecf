using System.Collections.Concurrent;

namespace Muster.Bench.Benchmarks.Handlers;

/// <summary>The rival: what client-side balancing is in .NET elsewhere. Looks the authority up, takes the next address, and gives the
/// request another URI for the time of the call.</summary>
/// <remarks>After Microsoft.Extensions.ServiceDiscovery: a key from <see cref="Uri.GetLeftPart"/>, a dictionary, round robin over
/// addresses, a <see cref="UriBuilder"/>, a <see cref="DelegatingHandler"/> over the transport. It hears nothing of how calls end.</remarks>
internal sealed class RewritingHandler(IReadOnlyDictionary<string, Uri[]> services, HttpMessageHandler transport) : DelegatingHandler(transport)
{
    private readonly ConcurrentDictionary<string, Selector> _selectors = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var original = request.RequestUri!;
        var key = original.GetLeftPart(UriPartial.Authority);
        var selector = _selectors.GetOrAdd(key, static (name, known) => new Selector(known[name]), services);
        var endpoint = selector.Next();
        request.RequestUri = new UriBuilder(original) { Host = endpoint.Host, Port = endpoint.Port }.Uri;
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            request.RequestUri = original;
        }
    }

    private sealed class Selector(Uri[] endpoints)
    {
        private uint _next;

        public Uri Next() => endpoints[Interlocked.Increment(ref _next) % endpoints.Length];
    }
}
