using Google.Protobuf.Reflection;
using Muster.Etcd.V3;
using Muster.Grpc;

namespace Muster.Etcd;

/// <summary>The methods of etcd's public v3 API that a registry needs, checked against the .proto file when first used. Call them
/// with a <see cref="GrpcClient"/> on a member's client address (port 2379 by default).</summary>
public static class EtcdMethods
{
    private static readonly ServiceDescriptor KV = RpcReflection.Descriptor.FindTypeByName<ServiceDescriptor>("KV");
    private static readonly ServiceDescriptor Lease = RpcReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Lease");
    private static readonly ServiceDescriptor Watches = RpcReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Watch");

    /// <summary>Reads keys.</summary>
    public static readonly GrpcMethod<RangeRequest, RangeResponse> Range = GrpcMethod.Define<RangeRequest, RangeResponse>(KV, "Range");

    /// <summary>Writes a key.</summary>
    public static readonly GrpcMethod<PutRequest, PutResponse> Put = GrpcMethod.Define<PutRequest, PutResponse>(KV, "Put");

    /// <summary>Deletes keys.</summary>
    public static readonly GrpcMethod<DeleteRangeRequest, DeleteRangeResponse> DeleteRange =
        GrpcMethod.Define<DeleteRangeRequest, DeleteRangeResponse>(KV, "DeleteRange");

    /// <summary>Compares, then does one thing or the other, all at one revision.</summary>
    public static readonly GrpcMethod<TxnRequest, TxnResponse> Txn = GrpcMethod.Define<TxnRequest, TxnResponse>(KV, "Txn");

    /// <summary>Forgets old revisions.</summary>
    public static readonly GrpcMethod<CompactionRequest, CompactionResponse> Compact =
        GrpcMethod.Define<CompactionRequest, CompactionResponse>(KV, "Compact");

    /// <summary>Makes a lease.</summary>
    public static readonly GrpcMethod<LeaseGrantRequest, LeaseGrantResponse> LeaseGrant =
        GrpcMethod.Define<LeaseGrantRequest, LeaseGrantResponse>(Lease, "LeaseGrant");

    /// <summary>Ends a lease, and with it its keys.</summary>
    public static readonly GrpcMethod<LeaseRevokeRequest, LeaseRevokeResponse> LeaseRevoke =
        GrpcMethod.Define<LeaseRevokeRequest, LeaseRevokeResponse>(Lease, "LeaseRevoke");

    /// <summary>Renews leases.</summary>
    public static readonly GrpcMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse> LeaseKeepAlive =
        GrpcMethod.Define<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(Lease, "LeaseKeepAlive");

    /// <summary>Says how long a lease still runs.</summary>
    public static readonly GrpcMethod<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> LeaseTimeToLive =
        GrpcMethod.Define<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>(Lease, "LeaseTimeToLive");

    /// <summary>Watches keys.</summary>
    public static readonly GrpcMethod<WatchRequest, WatchResponse> Watch =
        GrpcMethod.Define<WatchRequest, WatchResponse>(Watches, "Watch");
}
