using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Samples.Shared.Hosting;

/// <summary>What a provider was told about itself, by flags and environment.</summary>
internal sealed record ProviderSettings
{
    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Where the registry is.</summary>
    public required HostPort Registry { get; init; }

    /// <summary>Where callers reach this machine, <c>host</c> or <c>host:port</c>; null finds it out.</summary>
    public required string? Address { get; init; }

    /// <summary>Share of weighted traffic.</summary>
    public required int Weight { get; init; }

    /// <summary>The failure domain that it is in; null if it says none.</summary>
    public required string? Zone { get; init; }

    /// <summary>What it says of itself, for selectors.</summary>
    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }

    /// <summary>What this process is called: the id of its instance, or the beginning of its instances' ids.</summary>
    public required string Id { get; init; }

    /// <summary>How long the instances stay listed after their last sign of life.</summary>
    public required TimeSpan Ttl { get; init; }
}
