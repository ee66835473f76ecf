using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net.Security;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core;

namespace Muster.Client;

/// <summary>What a <see cref="MusterClient"/> needs to know.</summary>
public sealed record MusterClientOptions
{
    /// <summary>Where the registry is when nothing else says so.</summary>
    public const string RegistryDefault = "localhost:5000";

    /// <summary>The registry's gRPC address, <c>host:port</c>.</summary>
    /// <value>Default <see cref="RegistryDefault"/>. A port is required.</value>
    public string Registry { get; init; } = RegistryDefault;

    /// <summary>Names this process in the registry's logs and evidence.</summary>
    /// <value>Default: the process's name and id. At most <see cref="Limits.ClientNameCharsMax"/> characters.</value>
    public string? ClientName { get; init; }

    /// <summary>The failure domain that this process is in; calls prefer instances of the same
    /// (<see cref="BalancingOptions.ZonePreference"/>), and what this process registers is of it.</summary>
    /// <value>Default null: none; with dependency injection the environment's <c>MUSTER_ZONE</c>. A name of at most
    /// <see cref="Limits.ZoneCharsMax"/> characters.</value>
    public string? Zone { get; init; }

    /// <summary>Which of <see cref="ClientCount"/> clients of the same kind this is, from 0 on: with
    /// <see cref="BalancingOptions.SubsetSize"/> each instance is then kept to by as many clients as any other.</summary>
    /// <value>Default null: not known. Each client then keeps to instances by chance, so some instances have more clients than others.
    /// Both or none.</value>
    public int? ClientIndex { get; init; }

    /// <summary>How many clients of the same kind there are.</summary>
    /// <value>Default null: not known. Allowed: 1 to 1,000,000. All of them should have the same number; if it changes by one, each
    /// subset moves by one or two instances.</value>
    public int? ClientCount { get; init; }

    /// <summary>How long a connection to the registry may take to be made.</summary>
    /// <value>Default 2 s. Allowed: 10 ms to 1 min.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The deadline of one unary call to the registry.</summary>
    /// <value>Default 5 s. Allowed: 100 ms to 1 min.</value>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How connections to instances that speak <c>https</c> are secured: a private authority
    /// (<see cref="SslClientAuthenticationOptions.CertificateChainPolicy"/>), a client certificate
    /// (<see cref="SslClientAuthenticationOptions.ClientCertificateContext"/>), a check of the application's own.</summary>
    /// <value>Default null: the authorities that the system trusts, no client certificate. The name that a certificate must have, which is
    /// also what SNI says, is the service's, as in the URI; and what ALPN offers goes by the HTTP version of the call: so
    /// <see cref="SslClientAuthenticationOptions.TargetHost"/> and <see cref="SslClientAuthenticationOptions.ApplicationProtocols"/> must be
    /// left null.</value>
    /// <remarks>For all services of the client; read with each connection, and to be left alone once given. The handshake is part of
    /// <see cref="BalancingOptions.ConnectTimeout"/>, and one that fails is a connection that could not be made: the call goes on to the
    /// next instance. Connections to the registry are not concerned.</remarks>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>When an instance that does badly is set aside, and for how long.</summary>
    public EjectionOptions Ejection { get; init; } = new();

    /// <summary>How long an instance that has just come takes to get its full share of calls.</summary>
    /// <value>Default 30 s. Allowed: 100 ms to 1 h. Null: at once. Instances that were there when this process first looked are none
    /// of these.</value>
    public TimeSpan? SlowStart { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Policies of the application's own, by the name that <see cref="BalancingOptions.Policy"/> calls them.</summary>
    /// <value>Default none. A name of <see cref="PolicyNames"/> is refused. Each service makes its own object by the function, which
    /// is given the source of chance.</value>
    public ImmutableDictionary<string, Func<PickRandom, IBalancingPolicy>> Policies { get; init; } =
        ImmutableDictionary.Create<string, Func<PickRandom, IBalancingPolicy>>(StringComparer.Ordinal);

    /// <summary>Makes the meter of <see cref="Telemetry.MusterTelemetry.MeterName"/>. Default null: the client makes one itself; with
    /// dependency injection the container's.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>Where the last known instances of each watched service are kept, so that a client that starts while the registry is away
    /// works from them. An absolute path; null keeps nothing on disk.</summary>
    /// <value>Default: <c>MUSTER_CACHE_DIR</c>, where <c>off</c> is null. Else the user's own cache: <c>$XDG_CACHE_HOME/muster</c> or
    /// <c>~/.cache/muster</c>, on macOS <c>~/Library/Caches/muster</c>, on Windows <c>%LOCALAPPDATA%\Muster</c>; null for an account that
    /// has none of them.</value>
    /// <remarks>Created when there is something to keep. Files lie in its folder <c>instances</c>, one for each registry address and
    /// service, readable by the user alone; several processes may share it. A directory that cannot be used costs a warning in the
    /// log, and nothing else.</remarks>
    public string? CacheDirectory { get; init; } = Discovery.Cache.CacheDirectory.Default;

    /// <summary>How old kept instances may be when a client starts with them. Older ones are ignored.</summary>
    /// <value>Default 24 h. Allowed: 1 min to 30 days.</value>
    /// <remarks>Measured on the wall clock, from the registry's last word to the start of the client; a client that runs goes on with
    /// what it knows for as long as the registry is away. Longer bridges longer outages, and calls addresses that others may have
    /// by now.</remarks>
    public TimeSpan CacheAgeMax { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = Clock.System;

    /// <summary>Seeds every random choice of this client.</summary>
    /// <value>Default null: seeded from the operating system, so that many clients do not choose alike.</value>
    /// <remarks>With a seed all threads draw from one source, so that a choice does not depend on the thread that makes it; without one each
    /// processor has its own, because a source that all share would cost more than a pick.</remarks>
    public int? Seed { get; init; }
}
