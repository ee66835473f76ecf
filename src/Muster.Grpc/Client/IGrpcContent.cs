namespace Muster.Grpc;

/// <summary>The content of every request that a <see cref="GrpcClient"/> sends. A handler below reads from it what is called:
/// kind and idempotency of the method decide what may be sent twice.</summary>
/// <remarks>The content rather than <see cref="HttpRequestMessage.Options"/>: those cost every call a dictionary, and a handler
/// that sends the content in another request takes the method along.</remarks>
public interface IGrpcContent
{
    /// <summary>The method that is called.</summary>
    GrpcMethod Method { get; }
}
