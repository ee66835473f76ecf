using System.IO.Hashing;
using System.Runtime.InteropServices;
using Muster.Client.Balancing;

namespace Muster.Client.Http;

/// <summary>Reads what a request belongs to.</summary>
internal static class Affinity
{
    /// <summary>The hash of the key in the request's options, else of the header's value; null if it has neither.</summary>
    /// <remarks>XXH64, as gRFC A42 has it. Over the text's UTF-16 code units: it never leaves the process.</remarks>
    public static ulong? Of(HttpRequestMessage request, string? header)
    {
        if (request.Options.TryGetValue(AffinityKeys.Option, out var key) && key.Length > 0)
        {
            return Hash(key);
        }

        return header is not null && request.Headers.NonValidated.TryGetValues(header, out var values) && values.Count == 1
            && values.ToString() is { Length: > 0 } value
            ? Hash(value)
            : null;
    }

    private static ulong Hash(string text) => XxHash64.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()));
}
