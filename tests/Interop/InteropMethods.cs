using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Interop.Protos;

namespace Muster.Interop;

/// <summary>The methods of the interop services.</summary>
internal static class InteropMethods
{
    // Before the methods: static fields are set in the order of the text.
    private static readonly ServiceDescriptor Service = TestReflection.Descriptor.Services[0];

    public static readonly GrpcMethod<Empty, Empty> EmptyCall = GrpcMethod.Define<Empty, Empty>(Service, "EmptyCall");

    public static readonly GrpcMethod<SimpleRequest, SimpleResponse> UnaryCall =
        GrpcMethod.Define<SimpleRequest, SimpleResponse>(Service, "UnaryCall");

    public static readonly GrpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> StreamingOutputCall =
        GrpcMethod.Define<StreamingOutputCallRequest, StreamingOutputCallResponse>(Service, "StreamingOutputCall");

    public static readonly GrpcMethod<StreamingInputCallRequest, StreamingInputCallResponse> StreamingInputCall =
        GrpcMethod.Define<StreamingInputCallRequest, StreamingInputCallResponse>(Service, "StreamingInputCall");

    public static readonly GrpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> FullDuplexCall =
        GrpcMethod.Define<StreamingOutputCallRequest, StreamingOutputCallResponse>(Service, "FullDuplexCall");

    public static readonly GrpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> HalfDuplexCall =
        GrpcMethod.Define<StreamingOutputCallRequest, StreamingOutputCallResponse>(Service, "HalfDuplexCall");

    public static readonly GrpcMethod<Empty, Empty> UnimplementedCall = GrpcMethod.Define<Empty, Empty>(
        Service, "UnimplementedCall");

    public static readonly GrpcMethod<Empty, Empty> UnimplementedServiceCall =
        GrpcMethod.Define<Empty, Empty>(TestReflection.Descriptor.Services[1], "UnimplementedCall");
}
