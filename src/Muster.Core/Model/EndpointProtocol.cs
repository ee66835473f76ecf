namespace Muster.Core.Model;

/// <summary>What an endpoint speaks.</summary>
public enum EndpointProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http1,

    /// <summary>HTTP/2, which gRPC needs; with prior knowledge where the scheme is <c>http</c>.</summary>
    Http2,

    /// <summary>Both on one port, chosen by ALPN, which takes TLS.</summary>
    Http1AndHttp2,
}
