using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Tombstones on the wire.</summary>
public static class RemovalMapping
{
    /// <summary>The tombstone on the wire.</summary>
    public static V1.RemovedInstance ToWire(this RemovalRecord removal) => new()
    {
        Namespace = removal.Instance.Service.Namespace,
        Service = removal.Instance.Service.Name,
        InstanceId = removal.Instance.Id,
        Address = removal.Address,
        Reason = removal.Removal.Reason.ToWire(),
        Evidence = removal.Removal.Evidence,
        AtUnixMs = removal.Removal.At.ToUnixTimeMilliseconds(),
        Revision = removal.Revision.Value,
    };
}
