using System.Net.Sockets;
using Muster.Client.Telemetry;

namespace Muster.Client.Http;

/// <summary>Counts the connections that the transport asks for (gRFC A94).</summary>
/// <remarks>Thread-safe. Around what makes them, and not in it: one that was made beforehand counts when a call takes it, and one that nobody
/// takes, or whose maker was told to stop, does not, as with the attempts that gRPC discards.</remarks>
/// <param name="telemetry">Of the service.</param>
/// <param name="connect">Makes one.</param>
internal sealed class ConnectionMeter(
    FleetTelemetry telemetry, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        OpenConnection open;
        try
        {
            open = new OpenConnection((NetworkStream)await connect(context, cancellationToken).ConfigureAwait(false), telemetry);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch
        {
            telemetry.OnConnectFailed();
            throw;
        }

        telemetry.OnConnected();
        return open;
    }

    /// <summary>A connection from when it was made to its end. A stream over the socket itself, so that each read and write costs what it
    /// did.</summary>
    private sealed class OpenConnection : NetworkStream
    {
        // Null in one that could not be made, which the collector ends too.
        private readonly FleetTelemetry? _telemetry;
        private int _isClosed;

        public OpenConnection(NetworkStream made, FleetTelemetry telemetry)
            : base(made.Socket, ownsSocket: true)
        {
            _telemetry = telemetry;

            // The socket has another owner now. CA1816 expects this in Dispose.
#pragma warning disable CA1816
            GC.SuppressFinalize(made);
#pragma warning restore CA1816
        }

        // Also where it was forgotten: the transport may let a connection go to the collector.
        protected override void Dispose(bool disposing)
        {
            if (_telemetry is not null && Interlocked.Exchange(ref _isClosed, 1) == 0)
            {
                _telemetry.OnDisconnected();
            }

            base.Dispose(disposing);
        }
    }
}
