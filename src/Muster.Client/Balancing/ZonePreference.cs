namespace Muster.Client.Balancing;

/// <summary>How calls keep to the zone of the process that makes them, for lower latency and traffic that costs nothing, without
/// overloading the few that are near.</summary>
/// <remarks>Calls stay in the zone until it is busier than the others by <see cref="Headroom"/>; then as many go to anybody as it takes
/// to keep it there, looked at each second. A call never fails because its zone has nobody.</remarks>
public sealed record ZonePreference
{
    /// <summary>How much busier the zone's instances may be than the others on average: a share of utilisation, by their load
    /// reports.</summary>
    /// <value>Default 0.1, ten points. Allowed: 0 to 1. Where they report nothing, how long calls take decides: half as long again counts
    /// as ten points.</value>
    public double Headroom { get; init; } = 0.1;

    /// <summary>The share of calls that go to anybody in any case, so that something is known of the other zones.</summary>
    /// <value>Default 0.03. Allowed: 0.001 to 0.5.</value>
    public double ProbeShare { get; init; } = 0.03;

    /// <summary>How much more than its share the zone can bear when some of its instances cannot be called: with 1.4 calls go abroad in
    /// proportion once fewer than 72 % of those that the registry lists can (Envoy's over-provisioning factor).</summary>
    /// <value>Default 1.4. Allowed: 1 to 10.</value>
    public double OverProvisioning { get; init; } = 1.4;

    /// <summary>From how many instances of the service on zones matter; of fewer, the zone's are too small a part.</summary>
    /// <value>Default 6. Allowed: 1 to 100,000.</value>
    public int InstancesMin { get; init; } = 6;
}
