using System.Diagnostics;
using Muster.Client.Resilience;
using Muster.Grpc;

namespace Muster.Client.Telemetry;

/// <summary>What is told of one call while somebody listens: all its attempts together (gRFC A66, A96).</summary>
/// <remarks>Thread-safe: attempts of a hedged call end on threads of their own.</remarks>
/// <param name="telemetry">Of the service.</param>
/// <param name="method">The gRPC method; null for a call of plain HTTP.</param>
/// <param name="startedAt">When the call began.</param>
/// <param name="deadline">When it is over whatever becomes of it.</param>
/// <param name="parent">The caller's own span.</param>
internal sealed class CallTrace(FleetTelemetry telemetry, string? method, TimeSpan startedAt, CallDeadline deadline, Activity? parent)
{
    // Guards all below it.
    private readonly Lock _lock = new();
    private int _attempts;
    private int _retries;
    private int _transparentRetries;
    private int _hedges;
    private int _active;
    private TimeSpan _idleSince;
    private TimeSpan _idle;

    public FleetTelemetry Telemetry => telemetry;

    /// <summary>The gRPC method; null for a call of plain HTTP.</summary>
    public string? Method => method;

    public CallDeadline Deadline => deadline;

    /// <summary>The caller's own, for each attempt: the span of an attempt that was sent before may still be the current one.</summary>
    public Activity? Parent => parent;

    /// <summary>An attempt begins.</summary>
    /// <returns>How many there are with it, and how many of those before it were no transparent retries.</returns>
    public (int Number, int Previous) OnAttemptStarted(AttemptKind kind, TimeSpan now)
    {
        if (method is not null)
        {
            telemetry.OnAttemptStarted(method);
        }

        lock (_lock)
        {
            EndIdleLocked(now);
            _active++;
            var previous = _attempts - _transparentRetries;
            _attempts++;
            _retries += kind == AttemptKind.Retry ? 1 : 0;
            _transparentRetries += kind == AttemptKind.TransparentRetry ? 1 : 0;
            _hedges += kind == AttemptKind.Hedge ? 1 : 0;
            return (_attempts, previous);
        }
    }

    /// <summary>An attempt ended.</summary>
    public void OnAttemptEnded(StatusCode status, TimeSpan duration, TimeSpan now)
    {
        if (method is not null)
        {
            telemetry.OnAttemptEnded(method, GrpcStatus.Text(status), duration);
        }

        lock (_lock)
        {
            _active--;
            _idleSince = now;
        }
    }

    /// <summary>The call ends.</summary>
    public void End(StatusCode status, TimeSpan now)
    {
        if (method is null)
        {
            return;
        }

        telemetry.OnCallEnded(method, GrpcStatus.Text(status), now - startedAt);
        lock (_lock)
        {
            EndIdleLocked(now);
            telemetry.OnCallRepeated(method, _retries, _transparentRetries, _hedges, _idle);
        }
    }

    // Only between attempts, and after the last one: what comes before the first is a wait for the registry.
    private void EndIdleLocked(TimeSpan now)
    {
        if (_attempts > 0 && _active == 0)
        {
            _idle += now - _idleSince;
            _idleSince = now;
        }
    }
}
