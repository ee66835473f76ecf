using System.Net.Sockets;
using Muster.Client.Telemetry;

namespace Muster.Client.Http;

/// <summary>A connection that tells when it is closed, by whomever.</summary>
/// <param name="socket">The socket, which this owns.</param>
/// <param name="onClosed">Told once.</param>
internal sealed class InstanceStream(Socket socket, Action onClosed) : NetworkStream(socket, ownsSocket: true)
{
    private Action? _onClosed = onClosed;
    private FleetTelemetry? _telemetry;

    /// <summary>It is of use from now on: connected, and secured where it has to be. By who makes it, before anybody else has it.</summary>
    /// <param name="telemetry">Told of it, and of its end; null where nobody counts.</param>
    public void OnMade(FleetTelemetry? telemetry)
    {
        _telemetry = telemetry;
        telemetry?.OnConnected();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _onClosed, null)?.Invoke();
        Interlocked.Exchange(ref _telemetry, null)?.OnDisconnected();
    }
}
