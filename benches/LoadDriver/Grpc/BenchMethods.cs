using Google.Protobuf.Reflection;
using Muster.Bench.LoadDriver.Protos;
using Muster.Grpc;

namespace Muster.Bench.LoadDriver.Grpc;

/// <summary>The bench's service, and what it sends.</summary>
internal static class BenchMethods
{
    private static readonly ServiceDescriptor s_service = BenchReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Bench");

    public static readonly GrpcMethod<Payload, Payload> Unary = GrpcMethod.Define<Payload, Payload>(s_service, "Unary");

    public static readonly GrpcMethod<DownRequest, Payload> Down = GrpcMethod.Define<DownRequest, Payload>(s_service, "Down");

    public static readonly GrpcMethod<Payload, UpResponse> Up = GrpcMethod.Define<Payload, UpResponse>(s_service, "Up");

    /// <summary>Some hundred bytes, as most calls carry.</summary>
    public static readonly Payload Message = new() { Number = 1_234_567_890, Text = new string('m', 90) };

    /// <summary>The same in its wire form, prefix included.</summary>
    public static readonly byte[] Frame = EncodedMessage.Encode(Message).Frame.ToArray();
}
