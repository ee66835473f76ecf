namespace Muster.Grpc.AspNetCore;

/// <summary>A gRPC service: it binds its methods to handlers.</summary>
public interface IGrpcService
{
    /// <summary>Called once, when the service is mapped.</summary>
    /// <param name="binder">Takes each method with its handler.</param>
    void Bind(GrpcServiceBinder binder);
}
