using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Registration;

/// <summary>What an instance announces.</summary>
public sealed record RegistrationOptions
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The namespace. Default <see cref="ServiceKey.DefaultNamespace"/>.</summary>
    public string Namespace { get; init; } = ServiceKey.DefaultNamespace;

    /// <summary>The instance's id. Default null: service, host name and a random part.</summary>
    public string? InstanceId { get; init; }

    /// <summary>IP address or name at which callers reach this machine. Default null: the source address of the route to the
    /// registry; if that is loopback but the registry listens beyond it, the default route's.</summary>
    public string? Host { get; init; }

    /// <summary>The ports; the first is the default endpoint. At least one.</summary>
    public required ImmutableArray<Endpoint> Endpoints { get; init; }

    /// <summary>Share of weighted traffic. Default <see cref="Limits.WeightDefault"/>.</summary>
    public int Weight { get; init; } = Limits.WeightDefault;

    /// <summary>Failure domain. Default null: the client's, <see cref="MusterClientOptions.Zone"/>. Empty: none.</summary>
    public string? Zone { get; init; }

    /// <summary>Free text by key. Default empty.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>How long the instance stays listed after its last sign of life.</summary>
    /// <value>Default 10 s. Allowed: 1 s to 10 min. All instances of one client share one lease; the first decides.</value>
    public TimeSpan Ttl { get; init; } = Limits.TtlDefault;

    /// <summary>Asked before each heartbeat for the current load. Default null: no load is reported.</summary>
    public Func<LoadReport?>? Load { get; init; }

    /// <summary>Asked before each heartbeat for the current health. Default null: healthy.</summary>
    public Func<Health>? Health { get; init; }
}
