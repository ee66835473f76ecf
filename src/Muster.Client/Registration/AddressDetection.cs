using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Muster.Client.Registration;

/// <summary>Finds the address at which callers reach this machine.</summary>
internal static class AddressDetection
{
    // Addresses for documentation (RFC 5737, RFC 3849). Connecting a datagram socket sends nothing: it only asks the
    // system's routing table which source address a packet to there would carry.
    private static readonly IPAddress s_far4 = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_far6 = IPAddress.Parse("2001:db8::1");

    /// <summary>The address to advertise.</summary>
    /// <param name="toRegistry">The source address of the route to the registry; null if it is not known.</param>
    /// <param name="registryListensBeyondLoopback">Whether callers may come from other machines.</param>
    public static string Detect(IPAddress? toRegistry, bool registryListensBeyondLoopback) =>
        Choose(toRegistry, registryListensBeyondLoopback, OfDefaultRoute);

    /// <summary>The choice without the system's part.</summary>
    /// <param name="toRegistry">See <see cref="Detect"/>.</param>
    /// <param name="registryListensBeyondLoopback">See <see cref="Detect"/>.</param>
    /// <param name="defaultRoute">Finds the address of the default route; null if there is none.</param>
    internal static string Choose(
        IPAddress? toRegistry, bool registryListensBeyondLoopback, Func<IPAddress?> defaultRoute)
    {
        var own = toRegistry ?? IPAddress.Loopback;
        var chosen = IPAddress.IsLoopback(own) && registryListensBeyondLoopback ? defaultRoute() ?? own : own;
        return Format(chosen);
    }

    /// <summary>The source address of the default route, IPv4 before IPv6; else the address of some interface that is up; else
    /// null.</summary>
    internal static IPAddress? OfDefaultRoute() => SourceOf(s_far4) ?? SourceOf(s_far6) ?? OfAnyInterface();

    /// <summary>The source address of the route to an address; null if there is no route, or only loopback.</summary>
    internal static IPAddress? SourceOf(IPAddress target)
    {
        try
        {
            using var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(target, 9);
            return socket.LocalEndPoint is IPEndPoint { Address: var source } && IsReachable(source) ? source : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static IPAddress? OfAnyInterface() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i.OperationalStatus == OperationalStatus.Up)
        .SelectMany(i => i.GetIPProperties().UnicastAddresses)
        .Select(a => a.Address)
        .Where(IsReachable)
        .OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
        .FirstOrDefault();

    private static bool IsReachable(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
        && !address.IsIPv6LinkLocal;

    // A dual-mode socket shows IPv4 as ::ffff:a.b.c.d, and a link-local address carries a scope that means nothing elsewhere.
    private static string Format(IPAddress address) => address.IsIPv4MappedToIPv6
        ? $"{address.MapToIPv4()}"
        : $"{new IPAddress(address.GetAddressBytes())}";
}
