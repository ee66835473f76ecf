using System.Diagnostics;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>What is told of one attempt while somebody listens: a span, and the durations of gRPC.</summary>
internal sealed class AttemptTrace
{
    private static readonly ActivitySource s_source = new(MusterTelemetry.ActivitySourceName);

    private readonly FleetTelemetry _telemetry;
    private readonly string? _method;
    private readonly TimeSpan _callStartedAt;
    private readonly TimeSpan _startedAt;
    private readonly Activity? _parent;
    private readonly Activity? _activity;
    private readonly int _number;

    private AttemptTrace(
        FleetTelemetry telemetry, string? method, TimeSpan callStartedAt, TimeSpan startedAt, Activity? parent, Activity? activity, int number)
    {
        _telemetry = telemetry;
        _method = method;
        _callStartedAt = callStartedAt;
        _startedAt = startedAt;
        _parent = parent;
        _activity = activity;
        _number = number;
    }

    /// <summary>Begins, if anybody listens; null if nobody does.</summary>
    /// <param name="balancer">Who picked.</param>
    /// <param name="member">The instance.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">When it was picked.</param>
    /// <param name="call">Which of its call's attempts it is.</param>
    public static AttemptTrace? Start(Balancer balancer, Member member, HttpRequestMessage request, TimeSpan now, in AttemptPlace call)
    {
        var telemetry = balancer.Fleet.Telemetry;
        var method = MethodOf(telemetry, request);
        var isTraced = s_source.HasListeners();
        if (method is null && !isTraced)
        {
            return null;
        }

        if (method is not null)
        {
            telemetry.OnAttemptStarted(method);
        }

        // The caller's own, for each attempt: the span of an attempt that was sent before may still be the current one here.
        var parent = call.Before is { } before ? before._parent : Activity.Current;
        var number = (call.Before?._number ?? 0) + 1;
        var activity = isTraced ? StartActivity(balancer, member, parent, call.Kind, number) : null;
        return new AttemptTrace(telemetry, method, call.StartedAt, now, parent, activity, number);
    }

    /// <summary>Makes the caller's span the current one again, where no asynchronous method does so that starts and sends.</summary>
    public void Leave()
    {
        if (_activity is not null)
        {
            Activity.Current = _parent;
        }
    }

    /// <summary>A call ended that never had an attempt.</summary>
    /// <param name="telemetry">Of its service.</param>
    /// <param name="request">The request.</param>
    /// <param name="status">The gRPC status.</param>
    /// <param name="duration">How long it took.</param>
    public static void EndUnsent(FleetTelemetry telemetry, HttpRequestMessage request, StatusCode status, TimeSpan duration)
    {
        if (MethodOf(telemetry, request) is { } method)
        {
            telemetry.OnCallEnded(method, Text(status), duration);
        }
    }

    /// <summary>Ends.</summary>
    /// <param name="result">What the attempt says of the instance.</param>
    /// <param name="status">The gRPC status; null if none came.</param>
    /// <param name="now">The time.</param>
    /// <param name="willRetry">Whether the call goes on elsewhere.</param>
    public void End(AttemptResult result, StatusCode? status, TimeSpan now, bool willRetry)
    {
        if (_method is not null)
        {
            _telemetry.OnAttemptEnded(_method, Text(status ?? Assumed(result)), now - _startedAt);
        }

        if (!willRetry)
        {
            EndCall(result, status, now);
        }

        if (_activity is not null)
        {
            _activity.SetTag(InstrumentNames.ResultTag, result.ToString());
            _activity.SetStatus(result == AttemptResult.Failure ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
            Stop(_activity);
        }
    }

    /// <summary>The call ends, whose attempt ended before: it was to go on elsewhere, and did not.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="status">The gRPC status; null if none came.</param>
    /// <param name="now">The time.</param>
    public void EndCall(AttemptResult result, StatusCode? status, TimeSpan now)
    {
        if (_method is not null)
        {
            _telemetry.OnCallEnded(_method, Text(status ?? Assumed(result)), now - _callStartedAt);
        }
    }

    // gRFC A66: muster.v1.Registry/Watch, without the slash that it begins with as a path.
    private static string? MethodOf(FleetTelemetry telemetry, HttpRequestMessage request) =>
        telemetry.IsCallWanted && request.Content is IGrpcContent grpc ? grpc.Method.FullName[1..] : null;

    // It becomes the current one, so that the transport's own span is its child.
    private static Activity? StartActivity(Balancer balancer, Member member, Activity? parent, AttemptKind kind, int number)
    {
        var service = balancer.Fleet.Service;
        Activity.Current = parent;
        var activity = s_source.StartActivity($"attempt {service.Name}", ActivityKind.Internal);
        return activity?
            .SetTag(InstrumentNames.KindTag, kind switch { AttemptKind.First => "first", AttemptKind.Retry => "retry", _ => "hedge" })
            .SetTag(InstrumentNames.AttemptTag, number)
            .SetTag(InstrumentNames.ServiceTag, service.Name)
            .SetTag(InstrumentNames.NamespaceTag, service.Namespace)
            .SetTag(InstrumentNames.InstanceTag, member.Id)
            .SetTag(InstrumentNames.AddressTag, member.Address)
            .SetTag(InstrumentNames.PolicyTag, balancer.Key.Policy);
    }

    // An attempt may end where its caller has gone on to a span of its own, which has to stay the current one.
    private static void Stop(Activity activity)
    {
        var current = Activity.Current;
        activity.Stop();
        if (current != activity)
        {
            Activity.Current = current;
        }
    }

    // What a caller is told whose call brought no status.
    private static StatusCode Assumed(AttemptResult result) => result switch
    {
        AttemptResult.Success => StatusCode.OK,
        AttemptResult.Failure => StatusCode.Unavailable,
        AttemptResult.Overload => StatusCode.ResourceExhausted,
        _ => StatusCode.Cancelled,
    };

    // gRFC A66: CANCELLED, not Cancelled.
    private static string Text(StatusCode status) => status switch
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
}
