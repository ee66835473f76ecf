using System.Diagnostics.CodeAnalysis;
using System.Net;
using Muster.Client.Telemetry;
using Muster.Core;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>Makes connections to the instances of one service, and holds what all of them share.</summary>
/// <remarks>Thread-safe. One per service.</remarks>
/// <param name="service">The service's name.</param>
/// <param name="turns">The turns of the client.</param>
/// <param name="tls">Secures those to endpoints that speak https.</param>
/// <param name="transport">Stands in for the network, by host and port; null is the network.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore owns nothing as long as nobody asks for its wait handle, and a connection that is being made may outlive the client.")]
internal sealed class ConnectionFactory(
    string service, ConnectTurns turns, TlsClient tls, Func<string, int, HttpMessageHandler>? transport = null)
{
    private readonly SemaphoreSlim _spareTurns = new(Limits.SpareConnectsPerServiceMax);

    public string Service => service;

    public TimeProvider TimeProvider => turns.TimeProvider;

    public TlsClient Tls => tls;

    /// <summary>Counts them; null where nobody does.</summary>
    public FleetTelemetry? Telemetry { get; set; }

    /// <summary>Finds the addresses of a host.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Where the connects of this service wait for their turn.</summary>
    public ConnectLine Line { get; } = new(turns);

    /// <summary>The connections to one endpoint. Nothing is opened before the first call, or before it is warmed up.</summary>
    /// <param name="host">The instance's address or name.</param>
    /// <param name="endpoint">Its endpoint.</param>
    /// <param name="connectTimeout">How long a connection may take to be made.</param>
    /// <param name="onFailed">Told when one could not be made and there is no other.</param>
    public InstanceConnections Create(string host, Endpoint endpoint, TimeSpan connectTimeout, Action<Exception> onFailed) => new(
        endpoint, connectTimeout, new InstanceConnector(host, endpoint, connectTimeout, this, onFailed),
        transport?.Invoke(host, endpoint.Port));

    /// <summary>Waits for a turn to make one that nobody waits for.</summary>
    public Task WaitSpareTurnAsync() => _spareTurns.WaitAsync();

    /// <summary>Gives that turn to the next.</summary>
    public void EndSpareTurn() => _spareTurns.Release();
}
