using System.Net;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>What a caller is told of how a gRPC call ended, and how that is written.</summary>
internal static class GrpcStatus
{
    // The caller's clock has started before the request arrived here, so its deadline passes a moment before the one that is reckoned here.
    private static readonly TimeSpan DeadlineSlack = TimeSpan.FromMilliseconds(5);

    /// <summary>The status; where none came, the one that gRPC makes of what came instead.</summary>
    /// <param name="end">How an attempt ended.</param>
    /// <param name="deadline">The call's.</param>
    /// <param name="now">When it ended.</param>
    public static StatusCode Of(in AttemptEnd end, CallDeadline deadline, TimeSpan now) => end switch
    {
        { Status: { } status } => status,
        { Exception: null, Response: { StatusCode: not HttpStatusCode.OK } response } => OfHttp(response.StatusCode),
        { Result: AttemptResult.Success } => end.Response is null ? StatusCode.OK : StatusCode.Unknown,
        { Result: AttemptResult.Failure } => StatusCode.Unavailable,
        { Result: AttemptResult.Overload } => StatusCode.ResourceExhausted,
        _ => Cancelled(deadline, now),
    };

    /// <summary>The status of a call whose caller gave up: by himself, or because his deadline passed.</summary>
    public static StatusCode Cancelled(CallDeadline deadline, TimeSpan now) =>
        deadline.IsPast(now + DeadlineSlack) ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;

    /// <summary>As in gRFC A66: CANCELLED, not Cancelled.</summary>
    public static string Text(StatusCode status) => status switch
    {
        StatusCode.OK => "OK",
        StatusCode.Cancelled => "CANCELLED",
        StatusCode.Unknown => "UNKNOWN",
        StatusCode.InvalidArgument => "INVALID_ARGUMENT",
        StatusCode.DeadlineExceeded => "DEADLINE_EXCEEDED",
        StatusCode.NotFound => "NOT_FOUND",
        StatusCode.AlreadyExists => "ALREADY_EXISTS",
        StatusCode.PermissionDenied => "PERMISSION_DENIED",
        StatusCode.ResourceExhausted => "RESOURCE_EXHAUSTED",
        StatusCode.FailedPrecondition => "FAILED_PRECONDITION",
        StatusCode.Aborted => "ABORTED",
        StatusCode.OutOfRange => "OUT_OF_RANGE",
        StatusCode.Unimplemented => "UNIMPLEMENTED",
        StatusCode.Internal => "INTERNAL",
        StatusCode.Unavailable => "UNAVAILABLE",
        StatusCode.DataLoss => "DATA_LOSS",
        StatusCode.Unauthenticated => "UNAUTHENTICATED",
        _ => "UNKNOWN",
    };

    // The table of grpc/doc/http-grpc-status-mapping.md, for answers that are not gRPC.
    private static StatusCode OfHttp(HttpStatusCode status) => (int)status switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
