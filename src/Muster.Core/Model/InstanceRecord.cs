using System.Collections.Immutable;

namespace Muster.Core.Model;

/// <summary>The durable part of an instance.</summary>
/// <remarks>Immutable. Record equality compares lists by reference: use <see cref="SameContentAs"/>.</remarks>
public sealed record InstanceRecord
{
    /// <summary>The service it offers, and its id there.</summary>
    public required InstanceKey Key { get; init; }

    /// <summary>IP address or host name.</summary>
    public required string Host { get; init; }

    /// <summary>At least one; the first is the default.</summary>
    public required ImmutableArray<Endpoint> Endpoints { get; init; }

    /// <summary>Share of weighted traffic, <see cref="Limits.WeightMin"/> to <see cref="Limits.WeightMax"/>.</summary>
    public int Weight { get; init; } = Limits.WeightDefault;

    /// <summary>Failure domain; empty means none.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Free text by key.</summary>
    public InstanceMetadata Metadata { get; init; } = InstanceMetadata.Empty;

    /// <summary>How the registry checks it; null if its provider speaks for itself.</summary>
    public ActiveCheck? Check { get; init; }

    /// <summary>What its owner wants of it.</summary>
    public Intent OwnerIntent { get; init; }

    /// <summary>What an operator wants of it: the intent of its <see cref="Hold"/>, <see cref="Intent.Serving"/> without one.</summary>
    public Intent OperatorIntent { get; init; }

    /// <summary>What is wanted of it: the stronger of the two wishes.</summary>
    public Intent Intent => Intents.Stronger(OwnerIntent, OperatorIntent);

    /// <summary>The lease that holds it. Its owner's secret: never shown to others.</summary>
    public LeaseId Lease { get; init; }

    /// <summary>When it registered, by the registry's wall clock; for display only.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>The revision of its last change; <see cref="Revision.None"/> before it is committed.</summary>
    public Revision Revision { get; init; }

    /// <summary>The default endpoint.</summary>
    public Endpoint Default => Endpoints[0];

    /// <summary>What it is stored under.</summary>
    public AddressKey AddressKey => new(Key.Service, Host, Default.Port);

    /// <summary>Host and default port.</summary>
    public string Address => HostPort.Format(Host, Default.Port);

    /// <summary>Whether a watcher could see no difference: all but revision and registration time.</summary>
    public bool SameContentAs(InstanceRecord other) =>
        Key == other.Key && Host == other.Host && Weight == other.Weight && Zone == other.Zone
        && Check == other.Check && OwnerIntent == other.OwnerIntent && OperatorIntent == other.OperatorIntent && Lease == other.Lease
        && Endpoints.SequenceEqual(other.Endpoints) && Metadata.SequenceEqual(other.Metadata);
}
