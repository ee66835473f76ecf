using System.Net.Sockets;

namespace Muster.Client.Http;

/// <summary>A connection that tells when it is closed, by whomever.</summary>
/// <param name="socket">The socket, which this owns.</param>
/// <param name="onClosed">Told once.</param>
internal sealed class InstanceStream(Socket socket, Action onClosed) : NetworkStream(socket, ownsSocket: true)
{
    private Action? _onClosed = onClosed;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Interlocked.Exchange(ref _onClosed, null)?.Invoke();
    }
}
