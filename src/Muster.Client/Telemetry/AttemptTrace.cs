using System.Diagnostics;
using Muster.Client.Balancing;
using Muster.Client.Picking;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>What is told of one attempt while somebody listens: a span, and the durations of gRPC.</summary>
internal sealed class AttemptTrace
{
    private static readonly ActivitySource s_source = new(MusterTelemetry.ActivitySourceName);
    private static readonly HttpRequestOptionsKey<TimeSpan> s_callStartedAt = new("Muster.CallStartedAt");

    private readonly FleetTelemetry _telemetry;
    private readonly string? _method;
    private readonly TimeSpan _callStartedAt;
    private readonly TimeSpan _startedAt;
    private readonly Activity? _activity;

    private AttemptTrace(FleetTelemetry telemetry, string? method, TimeSpan callStartedAt, TimeSpan startedAt, Activity? activity)
    {
        _telemetry = telemetry;
        _method = method;
        _callStartedAt = callStartedAt;
        _startedAt = startedAt;
        _activity = activity;
    }

    /// <summary>Begins, if anybody listens; null if nobody does.</summary>
    /// <param name="balancer">Who picked.</param>
    /// <param name="member">The instance.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">When it was picked.</param>
    public static AttemptTrace? Start(Balancer balancer, Member member, HttpRequestMessage request, TimeSpan now)
    {
        var telemetry = balancer.Fleet.Telemetry;
        var method = telemetry.IsCallWanted && request.Content is IGrpcContent grpc ? grpc.Method.FullName : null;
        var isTraced = s_source.HasListeners();
        if (method is null && !isTraced)
        {
            return null;
        }

        if (!request.Options.TryGetValue(s_callStartedAt, out var callStartedAt))
        {
            callStartedAt = now;
            request.Options.Set(s_callStartedAt, now);
        }

        if (method is not null)
        {
            telemetry.OnAttemptStarted(method);
        }

        return new AttemptTrace(telemetry, method, callStartedAt, now, isTraced ? StartActivity(balancer, member) : null);
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
            var text = Text(status ?? Assumed(result));
            _telemetry.OnAttemptEnded(_method, text, now - _startedAt);
            if (!willRetry)
            {
                _telemetry.OnCallEnded(_method, text, now - _callStartedAt);
            }
        }

        if (_activity is not null)
        {
            _activity.SetTag(InstrumentNames.ResultTag, result.ToString());
            _activity.SetStatus(result == AttemptResult.Failure ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
            _activity.Stop();
        }
    }

    private static Activity? StartActivity(Balancer balancer, Member member)
    {
        var service = balancer.Fleet.Service;
        var activity = s_source.StartActivity($"attempt {service.Name}", ActivityKind.Internal);
        return activity?
            .SetTag(InstrumentNames.ServiceTag, service.Name)
            .SetTag(InstrumentNames.NamespaceTag, service.Namespace)
            .SetTag(InstrumentNames.InstanceTag, member.Id)
            .SetTag(InstrumentNames.AddressTag, member.Address)
            .SetTag(InstrumentNames.PolicyTag, balancer.Key.Policy);
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
