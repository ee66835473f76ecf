using System.Text.Json.Nodes;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Muster.Grpc;

namespace Muster.Registry.Api.Http;

/// <summary>Answers as JSON: messages with all their fields, refusals as an object with code and message.</summary>
internal static class JsonAnswers
{
    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    public static string Format(IMessage message) => s_formatter.Format(message);

    public static Task WriteAsync(HttpContext http, IMessage message) => WriteAsync(http, Format(message));

    public static Task WriteAsync(HttpContext http, string json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json + "\n", http.RequestAborted);
    }

    /// <summary>A status with its sentence.</summary>
    public static Task RefuseAsync(HttpContext http, Status status)
    {
        http.Response.StatusCode = HttpStatusOf(status.Code);
        return WriteAsync(http, Error(status));
    }

    public static string Error(Status status) =>
        new JsonObject { ["code"] = CodeName(status.Code), ["message"] = status.Detail }.ToJsonString();

    /// <summary>The HTTP status of a gRPC code, as google/rpc/code.proto maps them.</summary>
    public static int HttpStatusOf(StatusCode code) => code switch
    {
        StatusCode.OK => StatusCodes.Status200OK,
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>The code as the wire's documentation writes it: INVALID_ARGUMENT.</summary>
    private static string CodeName(StatusCode code) => code == StatusCode.OK
        ? "OK"
        : string.Concat($"{code}".Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));
}
