using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Muster.Core.Model;

/// <summary>A host, as IP address or name, with a port.</summary>
/// <param name="Host">Without brackets, also for IPv6.</param>
/// <param name="Port">1 to 65535; null where the text named none.</param>
public readonly record struct HostPort(string Host, int? Port)
{
    private static readonly SearchValues<char> s_numberChars = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> s_labelChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public static string Format(string host, int port) => host.Contains(':')
        ? string.Create(CultureInfo.InvariantCulture, $"[{host}]:{port}")
        : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]:port</c> or a bare IPv6 address.</summary>
    /// <returns>False if it is none of these; the reason is in <paramref name="error"/>.</returns>
    public static bool TryParse(string text, out HostPort result, out string error)
    {
        result = default;
        error = "";
        var host = text;
        string? portText = null;
        if (text.StartsWith('['))
        {
            var close = text.IndexOf(']', StringComparison.Ordinal);
            if (close < 0 || (close + 1 < text.Length && text[close + 1] != ':'))
            {
                error = $"'{text}' is not an address: an IPv6 address in brackets is written [::1]:5000";
                return false;
            }

            host = text[1..close];
            portText = close + 1 < text.Length ? text[(close + 2)..] : null;
        }
        else if (text.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 && colon == text.LastIndexOf(':'))
        {
            host = text[..colon];
            portText = text[(colon + 1)..];
        }

        if (!IsHost(host))
        {
            error = $"'{host}' is not an IP address or a host name";
            return false;
        }

        if (portText is null)
        {
            result = new HostPort(host, null);
            return true;
        }

        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            error = $"'{portText}' is not a port: allowed are 1 to 65535";
            return false;
        }

        result = new HostPort(host, port);
        return true;
    }

    /// <summary>Whether the text is an IP address, or a host name of letters, digits, '-' and '.' (RFC 1123 §2.1, and
    /// '_' which container names use).</summary>
    public static bool IsHost(string text)
    {
        if (text.Length is 0 or > Limits.HostCharsMax)
        {
            return false;
        }

        if (text.Contains(':'))
        {
            return IPAddress.TryParse(text, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6;
        }

        // "1.2.3" and "256.1.1.1" are typing errors, not names: what consists of digits and dots must be a full IPv4 address.
        if (!text.AsSpan().ContainsAnyExcept(s_numberChars))
        {
            return text.AsSpan().Count('.') == 3 && IPAddress.IsValid(text);
        }

        foreach (var label in text.AsSpan().Split('.'))
        {
            if (!IsLabel(text.AsSpan(label)))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc />
    public override string ToString() => Port is { } port ? Format(Host, port) : Host;

    private static bool IsLabel(ReadOnlySpan<char> label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && !label.ContainsAnyExcept(s_labelChars);
}
