using Google.Protobuf.Reflection;
using Muster.Grpc.Reflection.Protos.V1;

namespace Muster.Grpc.Reflection;

/// <summary>The method of server reflection, in both versions. Their messages have the same fields, so one set of types
/// serves both.</summary>
internal static class ReflectionMethods
{
    public static readonly GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> V1 = Define(
        ReflectionReflection.Descriptor);

    public static readonly GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> V1Alpha =
        Define(Protos.V1Alpha.ReflectionReflection.Descriptor);

    private static GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> Define(FileDescriptor file) =>
        new(
            file.Services[0].FindMethodByName(
                "ServerReflectionInfo"), ServerReflectionRequest.Parser, ServerReflectionResponse.Parser);
}
