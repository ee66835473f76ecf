namespace Muster.Grpc.Wire;

/// <summary>The message encodings known here: identity and gzip.</summary>
internal static class MessageEncoding
{
    public const string Gzip = "gzip";

    /// <summary>What both sides accept, as <c>grpc-accept-encoding</c> lists it.</summary>
    public const string Accepted = "identity,gzip";

    /// <summary>Reads <c>grpc-encoding</c>.</summary>
    /// <param name="header">The header's value; null or empty means identity.</param>
    /// <param name="isGzip">Whether messages flagged as compressed are gzip.</param>
    /// <returns>False if the encoding is unknown.</returns>
    public static bool TryParse(string? header, out bool isGzip)
    {
        isGzip = string.Equals(header, Gzip, StringComparison.Ordinal);
        return isGzip || string.IsNullOrEmpty(header) || string.Equals(
            header, WireNames.Identity, StringComparison.Ordinal);
    }

    /// <summary>Whether <c>grpc-accept-encoding</c> lists gzip.</summary>
    public static bool AcceptsGzip(string? header)
    {
        if (header is null)
        {
            return false;
        }

        foreach (var part in header.AsSpan().Split(','))
        {
            if (header.AsSpan(part).Trim().SequenceEqual(Gzip))
            {
                return true;
            }
        }

        return false;
    }
}
