using Google.Protobuf.Reflection;
using Muster.Grpc;
using Muster.Protocol.V1;

namespace Muster.Protocol;

/// <summary>The methods of <c>muster.v1.Registry</c>, checked against the .proto file when first used.</summary>
public static class RegistryMethods
{
    /// <summary>The service.</summary>
    public static readonly ServiceDescriptor Service = RegistryReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Registry");

    /// <summary>Adds an instance.</summary>
    public static readonly GrpcMethod<RegisterRequest, RegisterResponse> Register =
        GrpcMethod.Define<RegisterRequest, RegisterResponse>(Service, "Register");

    /// <summary>Renews a lease.</summary>
    public static readonly GrpcMethod<KeepAliveRequest, KeepAliveResponse> KeepAlive =
        GrpcMethod.Define<KeepAliveRequest, KeepAliveResponse>(Service, "KeepAlive");

    /// <summary>Removes an instance.</summary>
    public static readonly GrpcMethod<DeregisterRequest, DeregisterResponse> Deregister =
        GrpcMethod.Define<DeregisterRequest, DeregisterResponse>(Service, "Deregister");

    /// <summary>Changes what is wanted of an instance.</summary>
    public static readonly GrpcMethod<SetIntentRequest, SetIntentResponse> SetIntent =
        GrpcMethod.Define<SetIntentRequest, SetIntentResponse>(Service, "SetIntent");

    /// <summary>Lists services.</summary>
    public static readonly GrpcMethod<ListServicesRequest, ListServicesResponse> ListServices =
        GrpcMethod.Define<ListServicesRequest, ListServicesResponse>(Service, "ListServices");

    /// <summary>Lists the instances of a service.</summary>
    public static readonly GrpcMethod<ListInstancesRequest, ListInstancesResponse> ListInstances =
        GrpcMethod.Define<ListInstancesRequest, ListInstancesResponse>(Service, "ListInstances");

    /// <summary>Removes an instance on an operator's word.</summary>
    public static readonly GrpcMethod<RemoveRequest, RemoveResponse> Remove =
        GrpcMethod.Define<RemoveRequest, RemoveResponse>(Service, "Remove");

    /// <summary>Lists what left, when and why.</summary>
    public static readonly GrpcMethod<ListRemovalsRequest, ListRemovalsResponse> ListRemovals =
        GrpcMethod.Define<ListRemovalsRequest, ListRemovalsResponse>(Service, "ListRemovals");

    /// <summary>Says why an instance stands as it does, or why it left.</summary>
    public static readonly GrpcMethod<ExplainInstanceRequest, ExplainInstanceResponse> ExplainInstance =
        GrpcMethod.Define<ExplainInstanceRequest, ExplainInstanceResponse>(Service, "ExplainInstance");

    /// <summary>Says what callers saw of the instances that they call.</summary>
    public static readonly GrpcMethod<ListCallTotalsRequest, ListCallTotalsResponse> ListCallTotals =
        GrpcMethod.Define<ListCallTotalsRequest, ListCallTotalsResponse>(Service, "ListCallTotals");

    /// <summary>Says what the mass-expiry guard holds back, or ends it.</summary>
    public static readonly GrpcMethod<GuardRequest, GuardResponse> Guard =
        GrpcMethod.Define<GuardRequest, GuardResponse>(Service, "Guard");

    /// <summary>Copies all that the registry keeps.</summary>
    public static readonly GrpcMethod<BackupRequest, BackupResponse> Backup =
        GrpcMethod.Define<BackupRequest, BackupResponse>(Service, "Backup");

    /// <summary>Replaces all that the registry keeps by a backup.</summary>
    public static readonly GrpcMethod<RestoreRequest, RestoreResponse> Restore =
        GrpcMethod.Define<RestoreRequest, RestoreResponse>(Service, "Restore");

    /// <summary>Watches services.</summary>
    public static readonly GrpcMethod<WatchRequest, WatchResponse> Watch =
        GrpcMethod.Define<WatchRequest, WatchResponse>(Service, "Watch");

    /// <summary>Watches one service.</summary>
    public static readonly GrpcMethod<WatchServiceRequest, WatchResponse> WatchService =
        GrpcMethod.Define<WatchServiceRequest, WatchResponse>(Service, "WatchService");

    /// <summary>Keeps a lease.</summary>
    public static readonly GrpcMethod<SessionRequest, SessionResponse> Session =
        GrpcMethod.Define<SessionRequest, SessionResponse>(Service, "Session");
}
