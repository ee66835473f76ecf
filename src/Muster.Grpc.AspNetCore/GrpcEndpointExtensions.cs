using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Muster.Grpc.AspNetCore;

/// <summary>Maps gRPC services to endpoints.</summary>
public static class GrpcEndpointExtensions
{
    /// <summary>Maps every method that the service binds. Calls of methods that no mapped service binds are answered with
    /// <see cref="StatusCode.Unimplemented"/>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="service">The service; one instance serves all calls, so it must be thread-safe.</param>
    /// <param name="options">Limits; null means the defaults.</param>
    public static IEndpointConventionBuilder MapGrpcService(
        this IEndpointRouteBuilder endpoints, IGrpcService service, GrpcServerOptions? options = null) =>
        throw new NotImplementedException();
}
