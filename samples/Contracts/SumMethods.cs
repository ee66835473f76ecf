using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Samples.V1;

namespace Muster.Samples.Contracts;

/// <summary>The methods of <c>SumService</c>, checked against the .proto file when first used.</summary>
public static class SumMethods
{
    /// <summary>The name that the service registers under.</summary>
    public const string ServiceName = "sum";

    private static readonly ServiceDescriptor Service = SumReflection.Descriptor.FindTypeByName<ServiceDescriptor>("SumService");

    /// <summary>Adds two whole numbers.</summary>
    public static readonly GrpcMethod<SumRequest, SumResponse> Sum = GrpcMethod.Define<SumRequest, SumResponse>(Service, "Sum");
}
