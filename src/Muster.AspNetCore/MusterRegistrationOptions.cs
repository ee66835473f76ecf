using System.Collections.Immutable;
using Muster.Client;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.AspNetCore;

/// <summary>What a web app announces of itself; ports are taken from the server once they are bound.</summary>
public sealed record MusterRegistrationOptions
{
    /// <summary>The environment variable that names the advertised address.</summary>
    public const string AddressVariable = "MY_ADDR";

    /// <summary>Where callers reach this app, <c>host</c> or <c>host:port</c>; names are allowed.</summary>
    /// <value>Default null: environment <c>MY_ADDR</c>, else the address that the server is bound to, else the
    /// machine's own as the route to the registry shows it. A port replaces that of the default endpoint.</value>
    public string? Address { get; init; }

    /// <summary>The instance's id. Default null: service, host name and a random part.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The namespace. Default <see cref="ServiceKey.DefaultNamespace"/>.</summary>
    public string Namespace { get; init; } = ServiceKey.DefaultNamespace;

    /// <summary>What the app's ports speak.</summary>
    /// <value>Default null: ports with TLS HTTP/1.1 and HTTP/2; ports without it HTTP/2 if the app maps a gRPC service and HTTP/1.1
    /// otherwise. Kestrel does not tell what a cleartext port was configured for, so an app whose port is different says so here.</value>
    public EndpointProtocol? Protocol { get; init; }

    /// <summary>Share of weighted traffic. Default <see cref="Limits.WeightDefault"/>.</summary>
    public int Weight { get; init; } = Limits.WeightDefault;

    /// <summary>Failure domain. Default null: the client's, <see cref="MusterClientOptions.Zone"/>. Empty: none.</summary>
    public string? Zone { get; init; }

    /// <summary>Free text by key. Default empty.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>How long the instance stays listed after its last sign of life. Default 10 s, allowed 1 s to 10 min.</summary>
    public TimeSpan Ttl { get; init; } = Limits.TtlDefault;

    /// <summary>Measures load; null means the process's own CPU and requests in flight.</summary>
    public ILoadSource? LoadSource { get; init; }

    /// <summary>How long a shutdown waits for running calls after the drain was announced.</summary>
    /// <value>Default 10 s. A stream that never ends takes all of it. Keep it below the host's shutdown timeout (30 s), which
    /// ends everything.</value>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
