using Google.Protobuf.Reflection;
using Muster.Bench.LoadLab.Protos;
using Muster.Grpc;

namespace Muster.Bench.LoadLab.Real;

/// <summary>The service that the lab's servers offer.</summary>
internal static class LabMethods
{
    /// <summary>Its name in the registry.</summary>
    public const string Service = "fleet";

    /// <summary>The path of the same over plain HTTP; the query <see cref="MicrosQuery"/> says how much.</summary>
    public const string WorkPath = "/work";

    public const string MicrosQuery = "micros";

    private static readonly ServiceDescriptor s_service = LabReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Lab");

    public static readonly GrpcMethod<WorkRequest, WorkReply> Work = GrpcMethod.Define<WorkRequest, WorkReply>(s_service, "Work");
}
