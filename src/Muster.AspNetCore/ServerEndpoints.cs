using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Muster.Core;
using Muster.Core.Model;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.AspNetCore;

/// <summary>What the bound ports of a server mean to callers.</summary>
/// <param name="Host">The one address they are bound to; null where they are bound to all, and the machine's has to be found.</param>
/// <param name="Endpoints">The ports that can be reached at that address, in the server's order; empty if there is none.</param>
internal sealed record ServerEndpoints(string? Host, ImmutableArray<Endpoint> Endpoints)
{
    /// <summary>Reads the server's addresses. Ports bound to all addresses win over those bound to one, and these over
    /// loopback: an instance has one host, and it should be the one that most callers can reach.</summary>
    /// <param name="addresses">As the server gives them: <c>http://[::]:5001</c>.</param>
    /// <param name="cleartext">What ports without TLS speak; the server does not say.</param>
    /// <param name="tls">What ports with TLS speak.</param>
    public static ServerEndpoints Read(IEnumerable<string> addresses, EndpointProtocol cleartext, EndpointProtocol tls)
    {
        var bound = addresses.Select(BindingAddress.Parse)
            .Where(a => !a.IsUnixPipe && !a.IsNamedPipe && a.Scheme is "http" or "https")
            .Select(a => (Address: a, Host: HostOf(a)))
            .ToList();
        if (bound.Count == 0)
        {
            return new ServerEndpoints(null, []);
        }

        var best = bound.MinBy(b => Rank(b.Host)).Host;
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>();
        foreach (var (address, host) in bound)
        {
            if (host == best && endpoints.Count < Limits.EndpointsMax && !endpoints.Any(e => e.Port == address.Port))
            {
                endpoints.Add(Describe(address, endpoints.Count == 0, address.Scheme == "https" ? tls : cleartext));
            }
        }

        return new ServerEndpoints(best, endpoints.DrainToImmutable());
    }

    private static Endpoint Describe(BindingAddress address, bool isFirst, EndpointProtocol protocol)
    {
        var name = isFirst
            ? Endpoint.DefaultName
            : string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}-{address.Port}");
        return new Endpoint(name, address.Scheme, protocol, address.Port);
    }

    private static string? HostOf(BindingAddress address)
    {
        var host = address.Host.Trim('[', ']');
        if (host == "localhost")
        {
            return $"{IPAddress.Loopback}";
        }

        // What is not an address ("*", "+", a name) binds to all of them.
        return IPAddress.TryParse(host, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any) ? $"{ip}" : null;
    }

    private static int Rank(string? host) => host is null ? 0 : IPAddress.IsLoopback(IPAddress.Parse(host)) ? 2 : 1;
}
