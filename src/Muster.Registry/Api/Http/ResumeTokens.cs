using System.Globalization;
using System.Text.Json.Nodes;
using Muster.Core.Model;
using Muster.Grpc;

namespace Muster.Registry.Api.Http;

/// <summary>Resume tokens as one word, for URLs and event ids: <c>store:revision</c>.</summary>
internal static class ResumeTokens
{
    public static string Format(string storeId, ulong revision) => string.Create(CultureInfo.InvariantCulture, $"{storeId}:{revision}");

    /// <exception cref="RpcException">InvalidArgument: it is not a token.</exception>
    public static ResumeToken Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && ulong.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? new ResumeToken(text[..colon], new Revision(revision))
            : throw new RpcException(
                StatusCode.InvalidArgument, $"token is '{text}': it is written store:revision, as an earlier answer gave it.");
    }

    public static JsonObject ToJson(string text)
    {
        var token = Parse(text);
        return new JsonObject
        {
            ["storeId"] = token.StoreId,
            ["revision"] = token.Revision.Value.ToString(CultureInfo.InvariantCulture),
        };
    }
}
