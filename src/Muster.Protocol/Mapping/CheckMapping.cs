using Muster.Core;
using Muster.Core.Checks;
using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Active checks to and from the wire.</summary>
/// <remarks>Mapping fills in defaults; the bounds are the work of <see cref="CheckValidator"/>.</remarks>
public static class CheckMapping
{
    /// <summary>Reads a check. Never throws, whatever was sent.</summary>
    /// <param name="wire">What was sent.</param>
    /// <param name="check">The check, not yet held to <see cref="Limits"/>; with a violation it must not be used.</param>
    /// <returns>The violation, or null if the check was read.</returns>
    public static Violation? ToCore(this V1.Check wire, out ActiveCheck check)
    {
        var interval = wire.IntervalMs == 0 ? Limits.CheckIntervalDefault : TimeSpan.FromMilliseconds(wire.IntervalMs);
        var timeoutDefault = interval < Limits.CheckTimeoutDefault ? interval : Limits.CheckTimeoutDefault;
        check = new ActiveCheck
        {
            Kind = wire.KindCase switch
            {
                V1.Check.KindOneofCase.Http => CheckKind.Http,
                V1.Check.KindOneofCase.Grpc => CheckKind.Grpc,
                _ => CheckKind.Tcp,
            },
            Endpoint = wire.Endpoint,
            Path = wire.Http is { Path.Length: > 0 } http ? http.Path : "/",
            ExpectedStatus = (int)Math.Min(wire.Http?.Status ?? 0, int.MaxValue),
            GrpcService = wire.Grpc?.Service ?? "",
            Interval = interval,
            Timeout = wire.TimeoutMs == 0 ? timeoutDefault : TimeSpan.FromMilliseconds(wire.TimeoutMs),
            Rise = wire.Rise == 0 ? Limits.CheckRiseDefault : (int)Math.Min(wire.Rise, int.MaxValue),
            Fall = wire.Fall == 0 ? Limits.CheckFallDefault : (int)Math.Min(wire.Fall, int.MaxValue),
            RemoveAfter = wire.RemoveAfterMs == 0 ? null : TimeSpan.FromMilliseconds(wire.RemoveAfterMs),
        };
        return wire.KindCase == V1.Check.KindOneofCase.None
            ? new Violation("check.kind", "absent", "one of tcp, http and grpc is required")
            : null;
    }

    /// <summary>The check on the wire.</summary>
    public static V1.Check ToWire(this ActiveCheck check)
    {
        var wire = new V1.Check
        {
            Endpoint = check.Endpoint,
            IntervalMs = (uint)check.Interval.TotalMilliseconds,
            TimeoutMs = (uint)check.Timeout.TotalMilliseconds,
            Rise = (uint)check.Rise,
            Fall = (uint)check.Fall,
            RemoveAfterMs = (uint)(check.RemoveAfter?.TotalMilliseconds ?? 0),
        };
        switch (check.Kind)
        {
            case CheckKind.Http:
                wire.Http = new V1.HttpCheck { Path = check.Path, Status = (uint)check.ExpectedStatus };
                break;
            case CheckKind.Grpc:
                wire.Grpc = new V1.GrpcCheck { Service = check.GrpcService };
                break;
            default:
                wire.Tcp = new V1.TcpCheck();
                break;
        }

        return wire;
    }

    /// <summary>What the probes showed, on the wire.</summary>
    public static V1.CheckState ToWire(this CheckSigns signs)
    {
        var wire = new V1.CheckState
        {
            Health = signs.Health.ToWire(),
            Successes = (uint)signs.Successes,
            Failures = (uint)signs.Failures,
            Detail = signs.Last?.Detail ?? "",
            FailingForMs = (ulong)signs.FailingFor.TotalMilliseconds,
        };
        if (signs.Last is not null)
        {
            wire.SinceLastMs = (uint)Math.Clamp(signs.SinceLast.TotalMilliseconds, 0, uint.MaxValue);
        }

        return wire;
    }
}
