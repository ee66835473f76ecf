using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Protocol.Orca;

namespace Muster.Protocol;

/// <summary>The methods of <c>xds.service.orca.v3.OpenRcaService</c>, checked against the .proto file when first used.</summary>
public static class OrcaMethods
{
    /// <summary>The service.</summary>
    public static readonly ServiceDescriptor Service =
        Orca.OrcaReflection.Descriptor.FindTypeByName<ServiceDescriptor>("OpenRcaService");

    /// <summary>Reports an instance's load at an interval.</summary>
    /// <remarks>An instance that answers <see cref="StatusCode.Unimplemented"/> has no such service, and is not asked again.</remarks>
    public static readonly GrpcMethod<OrcaLoadReportRequest, OrcaLoadReport> StreamCoreMetrics =
        GrpcMethod.Define<OrcaLoadReportRequest, OrcaLoadReport>(Service, "StreamCoreMetrics");
}
