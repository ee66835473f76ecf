using System.Collections.Immutable;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Muster.Core;
using Muster.Core.Model;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.AspNetCore.Registration;

/// <summary>The ports that the server has really bound, as endpoints.</summary>
internal sealed class BoundPorts(IEnumerable<string> addresses)
{
    // "localhost" and "any" bind IPv4 and IPv6: one port, two addresses, one endpoint.
    private readonly List<(string Scheme, int Port)> _ports =
        [.. addresses.Select(BindingAddress.Parse).Select(a => (a.Scheme, a.Port)).Distinct()];

    /// <summary>One endpoint for each port, the first is the default.</summary>
    /// <param name="cleartext">What ports without TLS speak.</param>
    /// <param name="advertisedPort">The port at which callers reach the default endpoint, if it is another: behind a port mapping.</param>
    /// <exception cref="InvalidOperationException">The server has bound no port.</exception>
    public ImmutableArray<Endpoint> ToEndpoints(EndpointProtocol cleartext, int? advertisedPort)
    {
        if (_ports.Count == 0)
        {
            throw new InvalidOperationException("The server has bound no port, so there is nothing to announce.");
        }

        return [.. _ports.Take(Limits.EndpointsMax).Select((bound, i) => new Endpoint(
            i == 0 ? Endpoint.DefaultName : string.Create(CultureInfo.InvariantCulture, $"port-{bound.Port}"),
            bound.Scheme,
            bound.Scheme == Uri.UriSchemeHttps ? EndpointProtocol.Http1AndHttp2 : cleartext,
            i == 0 ? advertisedPort ?? bound.Port : bound.Port))];
    }
}
