using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Metadata from and to HTTP header dictionaries.</summary>
internal static class HeaderMetadata
{
    /// <exception cref="RpcException">A <c>-bin</c> value is not base64.</exception>
    public static Metadata Read(IHeaderDictionary headers)
    {
        Metadata? metadata = null;
        foreach (var (name, values) in headers)
        {
            if (!MetadataCodec.IsMetadata(name))
            {
                continue;
            }

            metadata ??= new Metadata();
            foreach (var value in values)
            {
                MetadataCodec.Decode(metadata, name, value ?? "");
            }
        }

        return metadata ?? Metadata.Empty;
    }

    public static void Write(IHeaderDictionary headers, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            // Not Append: it drops empty values.
            headers[entry.Key] = StringValues.Concat(headers[entry.Key], MetadataCodec.Encode(entry));
        }
    }
}
