namespace Muster.Core.Model;

/// <summary>How an active check looks at an instance.</summary>
public enum CheckKind
{
    /// <summary>A TCP connection can be made.</summary>
    Tcp,

    /// <summary>An HTTP GET is answered with the expected status.</summary>
    Http,

    /// <summary>The standard health service, <c>grpc.health.v1</c>, says SERVING.</summary>
    Grpc,
}
