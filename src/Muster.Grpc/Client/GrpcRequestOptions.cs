namespace Muster.Grpc;

/// <summary>What a handler below <see cref="GrpcClient"/> can read from
/// <see cref="HttpRequestMessage.Options"/>.</summary>
public static class GrpcRequestOptions
{
    /// <summary>The method that is called: its <see cref="GrpcMethod.Kind"/> and <see cref="GrpcMethod.Idempotency"/>
    /// decide what may be sent twice. Set on every request of a <see cref="GrpcClient"/>; absent on any
    /// other.</summary>
    public static readonly HttpRequestOptionsKey<GrpcMethod> Method = new("Muster.Grpc.Method");
}
