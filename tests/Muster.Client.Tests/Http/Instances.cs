using System.Collections.Immutable;
using Muster.Core.Model;
using Muster.Core.Replica;

namespace Muster.Client.Tests.Http;

/// <summary>Instances as a view shows them.</summary>
internal static class Instances
{
    public static InstanceView At(
        int port, string id, Intent intent = Intent.Serving, Liveness liveness = Liveness.Alive, Health health = Health.Healthy,
        int weight = 1, string? metadata = null, LoadReport? load = null, TimeSpan loadAt = default, string host = "127.0.0.1",
        ImmutableArray<Endpoint> endpoints = default, string zone = "")
    {
        var record = new InstanceRecord
        {
            Key = new InstanceKey(ServiceKey.Default("calculator"), id),
            Host = host,
            Endpoints = endpoints.IsDefault
                ? [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http1, port)]
                : endpoints,
            Weight = weight,
            Zone = zone,
            OwnerIntent = intent,
            Metadata = metadata is null
                ? ImmutableSortedDictionary<string, string>.Empty
                : metadata.Split(',').Select(p => p.Split('=')).ToImmutableSortedDictionary(p => p[0], p => p[1]),
        };
        return new InstanceView(record, new SoftState(liveness, health, load, loadAt, default));
    }
}
