using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Samples.V1;

namespace Muster.Samples.Contracts;

/// <summary>The methods of <c>EchoService</c>, checked against the .proto file when first used.</summary>
public static class EchoMethods
{
    /// <summary>The name that the service registers under.</summary>
    public const string ServiceName = "echo";

    private static readonly ServiceDescriptor Service = EchoReflection.Descriptor.FindTypeByName<ServiceDescriptor>("EchoService");

    /// <summary>Says the text again.</summary>
    public static readonly GrpcMethod<EchoRequest, EchoResponse> Echo = GrpcMethod.Define<EchoRequest, EchoResponse>(Service, "Echo");
}
