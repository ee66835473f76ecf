using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Instances to and from the wire.</summary>
/// <remarks>Mapping fills in defaults and refuses enumeration values that do not exist; every other bound is the work of
/// <see cref="InstanceValidator"/>, which must see the record before it is used.</remarks>
public static class InstanceMapping
{
    private static readonly long s_unixMillisecondsMin = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long s_unixMillisecondsMax = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Reads an instance. Never throws, whatever was sent.</summary>
    /// <remarks>An absent weight is <see cref="Limits.WeightDefault"/>, an empty namespace the default one, an empty name of
    /// the first endpoint <see cref="Endpoint.DefaultName"/>. An empty id stays empty: its receiver may choose one.</remarks>
    /// <param name="wire">What was sent.</param>
    /// <param name="record">The record, not yet held to <see cref="Limits"/>; with a violation it must not be used.</param>
    /// <returns>The violation, or null if the instance was read.</returns>
    public static Violation? ToCore(this V1.Instance wire, out InstanceRecord record)
    {
        var violation = EnumMapping.ReadIntent("intent", wire.Intent, out var intent);
        ActiveCheck? check = null;
        violation ??= wire.Check?.ToCore(out check);
        record = new InstanceRecord
        {
            Key = new InstanceKey(ServiceKey.Of(wire.Namespace, wire.Service), wire.Id),
            Host = wire.Host,
            Endpoints = ReadEndpoints(wire, ref violation),
            Weight = wire.HasWeight ? wire.Weight : Limits.WeightDefault,
            Zone = wire.Zone,
            Metadata = InstanceMetadata.Of(wire.Metadata),
            Check = check,
            OwnerIntent = wire.HasOwnerIntent ? wire.OwnerIntent.ToCore() : intent,
            OperatorIntent = wire.OperatorIntent.ToCore(),
            Revision = new Revision(wire.Revision),
            RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(
                Math.Clamp(wire.RegisteredUnixMs, s_unixMillisecondsMin, s_unixMillisecondsMax)),
        };
        return violation;
    }

    /// <summary>The instance as everybody may see it: without its lease, which is its owner's secret.</summary>
    public static V1.Instance ToWire(this InstanceRecord record)
    {
        var wire = new V1.Instance
        {
            Namespace = record.Key.Service.Namespace,
            Service = record.Key.Service.Name,
            Id = record.Key.Id,
            Host = record.Host,
            Weight = record.Weight,
            Zone = record.Zone,
            Check = record.Check?.ToWire(),
            Intent = record.Intent.ToWire(),
            OperatorIntent = record.OperatorIntent.ToWire(),
            Revision = record.Revision.Value,
            RegisteredUnixMs = record.RegisteredAt == default ? 0 : record.RegisteredAt.ToUnixTimeMilliseconds(),
        };
        if (record.OperatorIntent != Intent.Serving)
        {
            // Otherwise the intent is the owner's, and most instances are spared the bytes.
            wire.OwnerIntent = record.OwnerIntent.ToWire();
        }

        foreach (var endpoint in record.Endpoints)
        {
            wire.Endpoints.Add(endpoint.ToWire());
        }

        foreach (var (key, value) in record.Metadata)
        {
            wire.Metadata.Add(key, value);
        }

        return wire;
    }

    /// <summary>The endpoint on the wire.</summary>
    public static V1.Endpoint ToWire(this Endpoint endpoint) => new()
    {
        Name = endpoint.Name,
        Scheme = endpoint.Scheme,
        Protocol = endpoint.Protocol.ToWire(),
        Port = endpoint.Port,
    };

    private static ImmutableArray<Endpoint> ReadEndpoints(V1.Instance wire, ref Violation? violation)
    {
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>(wire.Endpoints.Count);
        foreach (var endpoint in wire.Endpoints)
        {
            var index = endpoints.Count;
            var scheme = endpoint.Scheme.Length == 0 ? "http" : endpoint.Scheme;
            if (EnumMapping.ReadProtocol("protocol", endpoint.Protocol, scheme, out var protocol) is { } badProtocol)
            {
                violation ??= badProtocol with { Field = $"endpoints[{index}].{badProtocol.Field}" };
            }

            // Only the first may go without a name: two unnamed ones could not be told apart.
            var name = endpoint.Name.Length == 0 && index == 0 ? Endpoint.DefaultName : endpoint.Name;
            endpoints.Add(new Endpoint(name, scheme, protocol, endpoint.Port));
        }

        return endpoints.MoveToImmutable();
    }
}
