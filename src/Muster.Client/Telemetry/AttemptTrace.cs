using System.Diagnostics;
using Muster.Client.Picking;
using Muster.Client.Resilience;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>What is told of one attempt while somebody listens: a span, and the measurements of gRPC.</summary>
internal sealed class AttemptTrace
{
    private readonly CallTrace _call;
    private readonly TimeSpan _startedAt;
    private readonly Activity? _span;

    private AttemptTrace(CallTrace call, TimeSpan startedAt, Activity? span)
    {
        _call = call;
        _startedAt = startedAt;
        _span = span;
    }

    /// <summary>Begins, if anybody listens; null if nobody does.</summary>
    /// <param name="balancer">Who picked.</param>
    /// <param name="target">The instance.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">When it was picked.</param>
    /// <param name="place">Which of its call's attempts it is.</param>
    public static AttemptTrace? Start(Balancer balancer, Target target, HttpRequestMessage request, TimeSpan now, in AttemptPlace place)
    {
        var telemetry = balancer.Fleet.Telemetry;
        var isTraced = AttemptSpan.IsWanted;
        if (!isTraced && !telemetry.IsCallWanted)
        {
            return null;
        }

        var call = place.Before?._call;
        if (call is null)
        {
            var method = GrpcMethodName.Of(request);
            if (method is null && !isTraced)
            {
                return null;
            }

            call = new CallTrace(telemetry, method, place.StartedAt, CallDeadline.Of(request, place.StartedAt), Activity.Current);
        }

        var (number, previous) = call.OnAttemptStarted(place.Kind, now);
        var span = isTraced ? AttemptSpan.Start(balancer, target, request, call, place.Kind, number, previous) : null;
        return new AttemptTrace(call, now, span);
    }

    /// <summary>Makes the caller's span the current one again, where no asynchronous method does so that starts and sends.</summary>
    public void Leave()
    {
        if (_span is not null)
        {
            Activity.Current = _call.Parent;
        }
    }

    /// <summary>A call ended that never had an attempt.</summary>
    /// <param name="telemetry">Of its service.</param>
    /// <param name="request">The request.</param>
    /// <param name="status">The gRPC status.</param>
    /// <param name="duration">How long it took.</param>
    public static void EndUnsent(FleetTelemetry telemetry, HttpRequestMessage request, StatusCode status, TimeSpan duration)
    {
        if (telemetry.IsCallWanted && GrpcMethodName.Of(request) is { } method)
        {
            var end = status == StatusCode.Cancelled ? GrpcStatus.Cancelled(CallDeadline.Of(request, TimeSpan.Zero), duration) : status;
            telemetry.OnCallEnded(method, GrpcStatus.Text(end), duration);
        }
    }

    /// <summary>Ends.</summary>
    /// <param name="end">How.</param>
    /// <param name="now">The time.</param>
    /// <param name="willRetry">Whether the call goes on elsewhere.</param>
    public void End(in AttemptEnd end, TimeSpan now, bool willRetry)
    {
        var status = GrpcStatus.Of(end, _call.Deadline, now);
        _call.OnAttemptEnded(status, now - _startedAt, now);
        if (!willRetry)
        {
            _call.End(status, now);
        }

        if (_span is not null)
        {
            AttemptSpan.End(_span, end, _call.Method is null ? null : status);
        }
    }

    /// <summary>The call ends, whose attempt ended before: it was to go on elsewhere, and did not.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="now">The time.</param>
    public void EndCall(in AttemptEnd end, TimeSpan now) => _call.End(GrpcStatus.Of(end, _call.Deadline, now), now);
}
