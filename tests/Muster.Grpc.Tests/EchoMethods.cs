using Google.Protobuf.Reflection;
using Muster.Grpc.Tests.Protos;

namespace Muster.Grpc.Tests;

/// <summary>The methods of the test service.</summary>
internal static class EchoMethods
{
    // Before the methods: static fields are set in the order of the text.
    private static readonly ServiceDescriptor Service = TestReflection.Descriptor.Services.Single();

    public static readonly GrpcMethod<Note, Note> Unary = GrpcMethod.Define<Note, Note>(Service, "Unary");
    public static readonly GrpcMethod<Note, Note> Collect = GrpcMethod.Define<Note, Note>(Service, "Collect");
    public static readonly GrpcMethod<Note, Note> Expand = GrpcMethod.Define<Note, Note>(Service, "Expand");
    public static readonly GrpcMethod<Note, Note> Chat = GrpcMethod.Define<Note, Note>(Service, "Chat");
}
