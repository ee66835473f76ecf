using Microsoft.AspNetCore.Http;

namespace Muster.Grpc.AspNetCore;

/// <summary>One call as its handler sees it.</summary>
public sealed class GrpcServerContext
{
    internal GrpcServerContext(HttpContext httpContext, GrpcMethod method)
    {
        HttpContext = httpContext;
        Method = method;
    }

    /// <summary>The method that is called.</summary>
    public GrpcMethod Method { get; }

    /// <summary>The HTTP request underneath: peer address, user, services.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>The metadata that the client sent.</summary>
    public Metadata RequestHeaders => throw new NotImplementedException();

    /// <summary>Metadata to send before the first message. Fixed once the first message is written or
    /// <see cref="SendHeadersAsync"/> was called.</summary>
    public Metadata ResponseHeaders => throw new NotImplementedException();

    /// <summary>Metadata to send with the status.</summary>
    public Metadata ResponseTrailers => throw new NotImplementedException();

    /// <summary>The time the client still gives, or null if it set no deadline. Measured on the monotonic clock.</summary>
    public TimeSpan? TimeLeft => throw new NotImplementedException();

    /// <summary>Fires when the client cancels or vanishes, or the deadline passes.</summary>
    public CancellationToken CancellationToken => throw new NotImplementedException();

    /// <summary>Sends the response headers now instead of with the first message.</summary>
    public Task SendHeadersAsync() => throw new NotImplementedException();
}
