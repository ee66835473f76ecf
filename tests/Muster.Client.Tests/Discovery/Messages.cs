using Muster.Protocol.V1;

namespace Muster.Client.Tests.Discovery;

/// <summary>Messages of a watch on <c>calculator</c>.</summary>
internal static class Messages
{
    public const string Service = "calculator";

    public static WatchResponse Snapshot(bool last, params string[] ids) =>
        new() { Service = Service, Snapshot = new Snapshot { Last = last, Instances = { ids.Select(i => Instance(i)) } } };

    public static WatchResponse Upserted(string id, int weight = 1) => new() { Service = Service, Upserted = Instance(id, weight) };

    public static WatchResponse Removed(string id) => new() { Service = Service, Removed = new Removed { InstanceId = id } };

    public static WatchResponse Unknown() => new() { Service = Service, ServiceUnknown = new ServiceUnknown() };

    public static WatchResponse Progress(ulong revision, string store = "store-1") => new()
    {
        Service = Service,
        Progress = new Progress { Token = new ResumeToken { StoreId = store, Revision = revision } },
    };

    public static WatchResponse Soft(string id, Liveness liveness, ulong sequence = 1, bool complete = false) => new()
    {
        Service = Service,
        Soft = new SoftStates
        {
            Complete = complete,
            States = { new SoftState { InstanceId = id, Liveness = liveness, Stamp = new Stamp { Epoch = 1, Sequence = sequence } } },
        },
    };

    public static WatchResponse Fault(Grpc.StatusCode code, string message) =>
        new() { Service = Service, Fault = new SubscriptionFault { Code = (int)code, Message = message } };

    public static Instance Instance(string id, int weight = 1) => new()
    {
        Service = Service,
        Id = id,
        Host = "10.0.0.1",
        Weight = weight,
        Endpoints = { new Endpoint { Port = 5001, Protocol = Protocol.V1.Protocol.Http2 } },
    };
}
