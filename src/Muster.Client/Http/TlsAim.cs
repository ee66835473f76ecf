using System.Net.Security;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>What a TLS connection is made for: a name, and the protocols that are offered over it.</summary>
/// <param name="Host">Whom the certificate must name, and what SNI says: the service's name, not an instance's.</param>
/// <param name="Protocols">What ALPN offers.</param>
internal sealed record TlsAim(string Host, TlsProtocols Protocols)
{
    private static readonly List<SslApplicationProtocol> s_both = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly List<SslApplicationProtocol> s_http2 = [SslApplicationProtocol.Http2];

    /// <summary>ALPN's list; null sends none.</summary>
    public List<SslApplicationProtocol>? Offered => Protocols switch
    {
        TlsProtocols.Http2 => s_http2,
        TlsProtocols.Http2OrHttp1 => s_both,
        _ => null,
    };

    /// <summary>What a request needs, as <see cref="SocketsHttpHandler"/> itself would choose it.</summary>
    public static TlsAim Of(SocketsHttpConnectionContext context)
    {
        var (request, host) = (context.InitialRequestMessage, context.DnsEndPoint.Host);
        if (request.Headers.Host is { } header && HostPort.TryParse(header, out var named, out _))
        {
            host = named.Host;
        }

        return new TlsAim(host, Of(request.Version, request.VersionPolicy));
    }

    /// <summary>What a request to an endpoint will need, most likely.</summary>
    public static TlsAim Guess(string service, EndpointProtocol protocol) =>
        new(service, protocol == EndpointProtocol.Http2 ? TlsProtocols.Http2 : TlsProtocols.Http1);

    private static TlsProtocols Of(Version version, HttpVersionPolicy policy)
    {
        if (version.Major >= 2)
        {
            return policy == HttpVersionPolicy.RequestVersionOrLower ? TlsProtocols.Http2OrHttp1 : TlsProtocols.Http2;
        }

        return policy == HttpVersionPolicy.RequestVersionOrHigher ? TlsProtocols.Http2OrHttp1 : TlsProtocols.Http1;
    }
}

/// <summary>What ALPN offers.</summary>
internal enum TlsProtocols
{
    /// <summary>Nothing, which is HTTP/1.1.</summary>
    Http1,

    /// <summary>HTTP/2 alone.</summary>
    Http2,

    /// <summary>Both, HTTP/2 first.</summary>
    Http2OrHttp1,
}
