namespace Muster.Grpc;

/// <summary>What a server says of a service's health (<c>grpc.health.v1</c>).</summary>
public enum HealthStatus
{
    /// <summary>Nothing is known yet.</summary>
    Unknown = 0,

    /// <summary>The service takes calls.</summary>
    Serving = 1,

    /// <summary>The service should not be called.</summary>
    NotServing = 2,

    /// <summary>The server does not know the service.</summary>
    ServiceUnknown = 3,
}
