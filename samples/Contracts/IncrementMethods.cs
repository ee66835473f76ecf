using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Samples.V1;

namespace Muster.Samples.Contracts;

/// <summary>The methods of <c>IncrementService</c>, checked against the .proto file when first used.</summary>
public static class IncrementMethods
{
    /// <summary>The name that the service registers under.</summary>
    public const string ServiceName = "increment";

    /// <summary>The header that tells the balancing handler that a call may be sent twice.</summary>
    public const string IdempotencyKeyHeader = "idempotency-key";

    private static readonly ServiceDescriptor Service =
        IncrementReflection.Descriptor.FindTypeByName<ServiceDescriptor>("IncrementService");

    /// <summary>Adds one to a counter.</summary>
    public static readonly GrpcMethod<IncrementRequest, IncrementResponse> Increment =
        GrpcMethod.Define<IncrementRequest, IncrementResponse>(Service, "Increment");

    /// <summary>Reads a counter.</summary>
    public static readonly GrpcMethod<GetRequest, GetResponse> Get =
        GrpcMethod.Define<GetRequest, GetResponse>(Service, "Get");
}
