using Muster.Registry.Store;

namespace Muster.Registry;

/// <summary>How a registry node is run.</summary>
public sealed record RegistryServerOptions
{
    /// <summary>The port where nothing else is said.</summary>
    public const int PortDefault = 5000;

    /// <summary>The gRPC port.</summary>
    /// <value>Default 5000. Allowed: 0 (the system chooses) to 65534, since the next port is the HTTP port by default.</value>
    public int Port { get; init; } = PortDefault;

    /// <summary>The HTTP port: health and readiness.</summary>
    /// <value>Default null: the port after <see cref="Port"/>, or one that the system chooses if that is 0. Allowed: 0 to 65535.</value>
    public int? HttpPort { get; init; }

    /// <summary>Listens on all addresses instead of loopback only.</summary>
    /// <value>Default false. Without credentials anyone who reaches the port can register, so each start says so.</value>
    public bool ListenAny { get; init; }

    /// <summary>The directory that records are kept in.</summary>
    /// <value>Default null: in memory, so they end with the process, and providers register again when it is back. A directory is
    /// created if it is missing; one registry at a time may use it.</value>
    public string? DataDirectory { get; init; }

    /// <summary>The store that records are kept in, in place of the registry's own.</summary>
    /// <value>Default null: what <see cref="DataDirectory"/> says. One that is given stays its giver's: the registry does not dispose
    /// it.</value>
    public ICatalogStore? Store { get; init; }

    /// <summary>Whether the mass-expiry guard may hold removals back: above 15 % of at least 20 instances, of a service or over all,
    /// that fall silent within a TTL, nobody is removed for silence until they renew, or ten TTLs have passed, or an operator
    /// releases it.</summary>
    /// <value>Default true.</value>
    public bool IsGuarded { get; init; } = true;

    /// <summary>The clock.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>Makes ids. Default: from the operating system.</summary>
    public IdSource Ids { get; init; } = new();

    /// <summary>What the node holds at most, in all.</summary>
    internal NodeLimits Limits { get; init; } = new();

    /// <summary>Checks everything at once.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the bounds.</exception>
    public void Validate()
    {
        if (Port is < 0 or > 65534)
        {
            throw new ArgumentException($"port is {Port}: 0 to 65534 are allowed.");
        }

        if (HttpPort is < 0 or > 65535)
        {
            throw new ArgumentException($"http port is {HttpPort}: 0 to 65535 are allowed.");
        }

        if (DataDirectory is { Length: 0 })
        {
            throw new ArgumentException("data directory is '': a path is needed.");
        }

        if (Store is not null && DataDirectory is not null)
        {
            throw new ArgumentException($"data directory is '{DataDirectory}': it is not used where a store is given.");
        }

        if (HttpPort is { } http && http != 0 && http == Port)
        {
            throw new ArgumentException($"http port is {http}: it must differ from the gRPC port, because cleartext HTTP/1.1 and HTTP/2 cannot share one.");
        }
    }
}
