using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Muster.Grpc.Calls;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>Ends a response with its status: in the trailers, or in the headers if there is nothing else to
/// say.</summary>
internal static class StatusWriter
{
    private static readonly string[] CodeTexts =
        [.. Enumerable.Range(0, (int)StatusCode.Unauthenticated + 1).Select(
            code => code.ToString(CultureInfo.InvariantCulture))];

    /// <summary>A response that is nothing but a status: one block of headers, no body.</summary>
    public static void WriteTrailersOnly(HttpResponse response, Status status) =>
        WriteTrailersOnly(response, new CallEnd(status, Metadata.Empty));

    /// <summary>A response that is nothing but a status and what goes with it.</summary>
    public static void WriteTrailersOnly(HttpResponse response, CallEnd end)
    {
        response.ContentType = WireNames.ContentType;
        Write(response.Headers, end);
    }

    /// <summary>The trailers of a response that has begun.</summary>
    public static void WriteTrailers(HttpContext http, CallEnd end)
    {
        // Kestrel has the feature on every HTTP/2 request, and others were refused.
        var feature = http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>();
        Write(feature.Trailers, end);
    }

    private static void Write(IHeaderDictionary headers, CallEnd end)
    {
        var status = end.Status;
        headers[WireNames.Status] = Enum.IsDefined(status.Code)
            ? CodeTexts[(int)status.Code]
            : CodeTexts[(int)StatusCode.Unknown];
        if (!string.IsNullOrEmpty(status.Detail))
        {
            headers[WireNames.Message] = PercentCodec.Encode(status.Detail);
        }

        if (end.StatusDetails is { } details)
        {
            headers[WireNames.StatusDetails] = MetadataCodec.EncodeBase64(details.Span);
        }

        if (end.RetryPushback is { } pushback)
        {
            headers[WireNames.RetryPushback] = PushbackCodec.Format(pushback);
        }

        HeaderMetadata.Write(headers, end.Trailers);
    }
}
