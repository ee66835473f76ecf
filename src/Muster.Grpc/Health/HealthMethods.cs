using Muster.Grpc.Health.Protos;

namespace Muster.Grpc.Health;

/// <summary>The methods of <c>grpc.health.v1.Health</c>.</summary>
internal static class HealthMethods
{
    public static readonly GrpcMethod<HealthCheckRequest, HealthCheckResponse> Check =
        GrpcMethod.Define<HealthCheckRequest, HealthCheckResponse>(HealthReflection.Descriptor.Services[0], "Check");

    public static readonly GrpcMethod<HealthCheckRequest, HealthCheckResponse> Watch =
        GrpcMethod.Define<HealthCheckRequest, HealthCheckResponse>(HealthReflection.Descriptor.Services[0], "Watch");

    public static readonly GrpcMethod<HealthListRequest, HealthListResponse> List =
        GrpcMethod.Define<HealthListRequest, HealthListResponse>(HealthReflection.Descriptor.Services[0], "List");
}
