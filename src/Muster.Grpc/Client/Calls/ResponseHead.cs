using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Muster.Grpc.Wire;

namespace Muster.Grpc.Calls;

/// <summary>Reads headers and trailers of a response: metadata and the status.</summary>
internal static class ResponseHead
{
    /// <summary>The status that the headers already carry: a trailers-only response, or an answer that is not gRPC.
    /// Null means that messages and trailers follow.</summary>
    public static Status? EarlyStatus(HttpResponseMessage response)
    {
        if (response.Version.Major < 2)
        {
            return new Status(StatusCode.Internal, $"The answer came over HTTP/{response.Version}; gRPC needs HTTP/2.");
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            // Proxies answer in HTTP; a gRPC server may still have named its own status.
            return ReadStatus(response.Headers.NonValidated) ?? new Status(
                TransportFailure.FromHttpStatus(response.StatusCode),
                $"The answer is not gRPC but HTTP status {(int)response.StatusCode}.");
        }

        response.Content.Headers.NonValidated.TryGetValues("content-type", out var types);
        var contentType = types.Count > 0 ? types.ToString() : null;
        return WireNames.IsGrpcContentType(contentType)
            ? ReadStatus(response.Headers.NonValidated)
            : new Status(
                StatusCode.Unknown, $"The answer is not gRPC: its content-type is '{contentType ?? "missing"}'.");
    }

    /// <summary>Whether messages flagged as compressed are gzip.</summary>
    /// <exception cref="RpcException">Internal: the server chose an encoding that was not offered.</exception>
    public static bool IsGzip(HttpResponseMessage response)
    {
        var encoding = response.Headers.NonValidated.TryGetValues(WireNames.Encoding, out var values)
            ? values.ToString()
            : null;
        return MessageEncoding.TryParse(encoding, out var isGzip)
            ? isGzip
            : throw WireError.UnknownEncoding(StatusCode.Internal, encoding!);
    }

    /// <summary>The status in the trailers of a response that was read to its end.</summary>
    public static Status FinalStatus(HttpResponseMessage response) =>
        ReadStatus(response.TrailingHeaders.NonValidated)
        ?? new Status(StatusCode.Unknown, "The answer ended without a grpc-status.");

    /// <summary>All that the block with the status says of the end.</summary>
    /// <exception cref="RpcException">Internal: a <c>-bin</c> value is not base64.</exception>
    public static CallEnd ReadEnd(
        Status status, HttpHeadersNonValidated headers, HttpHeadersNonValidated contentHeaders = default) =>
        new(status, ReadMetadata(headers, contentHeaders))
        {
            // Unreadable details are left out: they must not hide the status itself.
            StatusDetails = headers.TryGetValues(WireNames.StatusDetails, out var details)
                && MetadataCodec.TryDecodeBase64(details.ToString()) is { } bytes
                ? new ReadOnlyMemory<byte>(bytes)
                : default(ReadOnlyMemory<byte>?), // A bare null would become an empty memory.
            RetryPushback = headers.TryGetValues(WireNames.RetryPushback, out var pushback)
                ? PushbackCodec.Parse(pushback.ToString())
                : null,
        };

    /// <summary>The metadata of a header block.</summary>
    public static Metadata ReadMetadata(
        HttpHeadersNonValidated headers, HttpHeadersNonValidated contentHeaders = default)
    {
        Metadata? metadata = null;
        Collect(headers, ref metadata);
        Collect(contentHeaders, ref metadata);
        return metadata ?? Metadata.Empty;
    }

    private static void Collect(HttpHeadersNonValidated headers, ref Metadata? metadata)
    {
        foreach (var (name, values) in headers)
        {
            if (!MetadataCodec.IsMetadata(name))
            {
                continue;
            }

            metadata ??= new Metadata();
            foreach (var value in values)
            {
                MetadataCodec.Decode(metadata, name, value);
            }
        }
    }

    private static Status? ReadStatus(HttpHeadersNonValidated headers)
    {
        if (!headers.TryGetValues(WireNames.Status, out var values))
        {
            return null;
        }

        // Two statuses contradict each other even if they are equal: whoever added the second did not read the first.
        if (values.Count != 1 || !TryParseCode(values.ToString(), out var code))
        {
            return new Status(StatusCode.Unknown, $"The answer has no valid grpc-status: '{values}'.");
        }

        var detail = headers.TryGetValues(WireNames.Message, out var messages)
            ? PercentCodec.Decode(messages.ToString())
            : "";
        return code == StatusCode.OK && detail.Length == 0 ? Status.Ok : new Status(code, detail);
    }

    /// <summary>A number outside the seventeen codes is Unknown, as the specification asks; text is no status at
    /// all.</summary>
    private static bool TryParseCode(string text, out StatusCode code)
    {
        var isNumber = ushort.TryParse(
            text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        code = number <= (int)StatusCode.Unauthenticated ? (StatusCode)number : StatusCode.Unknown;
        return isNumber;
    }
}
