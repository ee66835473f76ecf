using Microsoft.AspNetCore.Http;
using Muster.Grpc.Wire;

namespace Muster.Grpc.AspNetCore.Calls;

/// <summary>What a request says about compression.</summary>
/// <param name="IsGzip">Whether its messages may be gzip.</param>
/// <param name="AcceptsGzip">Whether response messages may be.</param>
internal readonly record struct RequestEncoding(bool IsGzip, bool AcceptsGzip)
{
    /// <exception cref="RpcException">Unimplemented: the encoding is unknown. The response then lists the known ones,
    /// as the specification asks.</exception>
    public static RequestEncoding Read(HttpContext http)
    {
        var headers = http.Request.Headers;
        var encoding = headers.TryGetValue(WireNames.Encoding, out var value) ? value.ToString() : null;
        if (!MessageEncoding.TryParse(encoding, out var isGzip))
        {
            http.Response.Headers[WireNames.AcceptEncoding] = MessageEncoding.Accepted;
            throw WireError.UnknownEncoding(StatusCode.Unimplemented, encoding!);
        }

        return new RequestEncoding(
            isGzip, headers.TryGetValue(WireNames.AcceptEncoding, out var accepted)
                && MessageEncoding.AcceptsGzip(accepted.ToString()));
    }
}
