using System.Net;
using System.Net.Sockets;

namespace Muster.EndToEnd.Processes;

/// <summary>Finds ports that nobody listens on.</summary>
internal static class FreePort
{
    /// <summary>A free port of the loopback interface.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
