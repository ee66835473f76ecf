using System.Diagnostics.CodeAnalysis;
using Muster.Client.Telemetry;
using Muster.Core.Model;

namespace Muster.Client.Http;

/// <summary>Makes connections to instances, and holds what all of them share.</summary>
/// <remarks>Thread-safe. One per client.</remarks>
/// <param name="timeProvider">The clock.</param>
/// <param name="transport">Stands in for the network, by host and port; null is the network.</param>
[SuppressMessage("Design", "CA1001", Justification = "The semaphores own nothing as long as nobody asks for their wait handles, and a connection that is being made may outlive the client.")]
internal sealed class ConnectionFactory(TimeProvider timeProvider, Func<string, int, HttpMessageHandler>? transport = null)
{
    /// <summary>Connections that are being made at a time: a client that meets a fleet of a thousand, or loses it, must not open a
    /// thousand at once. The others wait, and their time to connect starts when it is their turn.</summary>
    public const int ConnectsMax = 16;

    /// <summary>How many of them may be such as nobody waits for.</summary>
    public const int SparesMax = 4;

    private readonly SemaphoreSlim _turns = new(ConnectsMax);
    private readonly SemaphoreSlim _spareTurns = new(SparesMax);

    public TimeProvider TimeProvider => timeProvider;

    /// <summary>The connections to one endpoint. Nothing is opened before the first call, or before it is warmed up.</summary>
    public InstanceConnections Create(string host, Endpoint endpoint, TimeSpan connectTimeout, FleetTelemetry telemetry) =>
        new(endpoint, connectTimeout, new InstanceConnector(host, endpoint.Port, connectTimeout, this), telemetry, transport?.Invoke(host, endpoint.Port));

    /// <summary>Waits for a turn to make one that nobody waits for.</summary>
    public Task WaitSpareTurnAsync() => _spareTurns.WaitAsync();

    /// <summary>Gives that turn to the next.</summary>
    public void EndSpareTurn() => _spareTurns.Release();

    /// <summary>Waits for a turn to make a connection.</summary>
    public Task WaitTurnAsync(CancellationToken cancellationToken) => _turns.WaitAsync(cancellationToken);

    /// <summary>Gives the turn to the next.</summary>
    public void EndTurn() => _turns.Release();
}
