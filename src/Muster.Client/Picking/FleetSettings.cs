using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Muster.Client.Balancing;
using Muster.Client.Http;
using Muster.Client.Resilience;
using Muster.Client.Telemetry;
using Muster.Core.Model;

namespace Muster.Client.Picking;

/// <summary>What all fleets of a client share.</summary>
/// <param name="options">The client's options.</param>
/// <param name="random">Where picks and jitter take their chance from.</param>
/// <param name="turns">The turns to make a connection.</param>
/// <param name="metrics">The client's instruments.</param>
/// <param name="log">Where fleets log.</param>
/// <param name="transport">Stands in for the network, by host and port; null is the network.</param>
internal sealed class FleetSettings(
    MusterClientOptions options, PickRandom random, ConnectTurns turns, ClientMetrics metrics, ILogger log,
    Func<string, int, HttpMessageHandler>? transport = null)
{
    private readonly TlsClient _tls = new(options.Tls);

    public TimeProvider TimeProvider => options.TimeProvider;

    public PickRandom Random => random;

    /// <summary>Makes what makes the connections of one service.</summary>
    public ConnectionFactory CreateConnections(ServiceKey service) => new(service.Name, turns, _tls, transport);

    public ClientMetrics Metrics => metrics;

    public ILogger Log => log;

    public EjectionOptions Ejection => options.Ejection;

    /// <summary>How long a newcomer takes to get its full share; null is at once.</summary>
    public TimeSpan? SlowStart => options.SlowStart;

    /// <summary>This process's zone; null does not matter.</summary>
    public string? Zone => options.Zone;

    /// <summary>Whom this client of many would keep to.</summary>
    public SubsetOrder SubsetOrder { get; } = options is { ClientIndex: { } index, ClientCount: { } count }
        ? SubsetOrder.Ring(index, count)
        : SubsetOrder.Rendezvous(random.Next() ^ XxHash64.HashToUInt64(MemoryMarshal.AsBytes((options.ClientName ?? "").AsSpan())));

    /// <summary>Makes a policy, one of the product's or one of the application's.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public IBalancingPolicy CreatePolicy(string name) => TryCreatePolicy(name, out var policy)
        ? policy
        : throw new ArgumentException($"There is no policy '{name}'.", nameof(name));

    private bool TryCreatePolicy(string name, [NotNullWhen(true)] out IBalancingPolicy? policy)
    {
        policy = options.Policies.TryGetValue(name, out var create) ? create(random) : null;
        return policy is not null || BuiltInPolicies.TryCreate(name, random, out policy);
    }
}
