using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Muster.Core;

namespace Muster.Registry.Checks;

/// <summary>Connects to hosts by name or address, with a bound on the names that are looked up at a time.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="resolve">Looks a name up; null means the system.</param>
[SuppressMessage("Design", "CA1001", Justification = "Look-ups may still end after the registry; a SemaphoreSlim whose wait handle nobody takes holds nothing.")]
internal sealed class HostLookup(Func<string, Task<IPAddress[]>>? resolve = null)
{
    // The system's resolver takes a thread and cannot be stopped, so its end frees the place, and not the end of the waiting: names
    // that hang then cost a few threads, and not one for each probe.
    private readonly SemaphoreSlim _places = new(Limits.CheckLookupsMax);

    /// <summary>Connects to the first address that lets it.</summary>
    /// <exception cref="SocketException">None does, or the name is not known.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(host, cancellationToken);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken);
                return socket;
            }
            catch (SocketException) when (i + 1 < Math.Min(addresses.Length, Limits.CheckAddressesMax))
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        await _places.WaitAsync(cancellationToken);
        var lookup = resolve is null ? Dns.GetHostAddressesAsync(host, CancellationToken.None) : resolve(host);
        _ = lookup.ContinueWith(_ => _places.Release(), TaskScheduler.Default);
        var addresses = await lookup.WaitAsync(cancellationToken);
        return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.HostNotFound);
    }
}
