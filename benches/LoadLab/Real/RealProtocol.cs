namespace Muster.Bench.LoadLab.Real;

/// <summary>How callers and servers speak.</summary>
internal enum RealProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http1,

    /// <summary>HTTP/2 without TLS.</summary>
    Http2,

    /// <summary>gRPC, on HTTP/2 without TLS.</summary>
    Grpc,
}
