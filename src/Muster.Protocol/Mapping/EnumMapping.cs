using System.Globalization;
using Muster.Core.Fanout;
using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Enumerations of the wire to and from the model's.</summary>
/// <remarks>Two ways in: <c>Read...</c> is strict and names the violation, for requests that somebody can mend; <c>ToCore</c>
/// takes what it does not know for "not said", for reports by a peer that may be newer than this code.</remarks>
public static class EnumMapping
{
    /// <summary>Reads an intent.</summary>
    /// <returns>The violation, or null if the value was read.</returns>
    public static Violation? ReadIntent(string field, V1.Intent wire, out Intent intent)
    {
        intent = wire.ToCore();
        return Enum.IsDefined(wire) ? null : OutOfRange(field, (int)wire, "0 (SERVING), 1 (DRAINING) or 2 (OUT)");
    }

    /// <summary>Reads a health.</summary>
    /// <returns>The violation, or null if the value was read.</returns>
    public static Violation? ReadHealth(string field, V1.Health wire, out Health health)
    {
        health = wire.ToCore();
        return Enum.IsDefined(wire)
            ? null
            : OutOfRange(field, (int)wire, "0 (UNKNOWN), 1 (HEALTHY), 2 (DEGRADED) or 3 (UNHEALTHY)");
    }

    /// <summary>Reads a protocol; unspecified takes what the scheme suggests: HTTP/2 in cleartext, both over TLS.</summary>
    /// <returns>The violation, or null if the value was read.</returns>
    public static Violation? ReadProtocol(
        string field, V1.Protocol wire, string scheme, out EndpointProtocol protocol)
    {
        protocol = wire switch
        {
            V1.Protocol.Http1 => EndpointProtocol.Http1,
            V1.Protocol.Http2 => EndpointProtocol.Http2,
            V1.Protocol.Http1AndHttp2 => EndpointProtocol.Http1AndHttp2,
            _ => scheme == "https" ? EndpointProtocol.Http1AndHttp2 : EndpointProtocol.Http2,
        };
        return Enum.IsDefined(wire) ? null : OutOfRange(field, (int)wire, "1 (HTTP1), 2 (HTTP2) or 3 (HTTP1_AND_HTTP2)");
    }

    /// <summary>Reads the state of a breaker.</summary>
    /// <returns>The violation, or null if the value was read.</returns>
    public static Violation? ReadBreakerState(string field, V1.BreakerState wire, out BreakerState state)
    {
        state = wire.ToCore();
        return Enum.IsDefined(wire) ? null : OutOfRange(field, (int)wire, "0 (CLOSED), 1 (OPEN) or 2 (HALF_OPEN)");
    }

    /// <summary>The state; what is not known here is <see cref="BreakerState.Closed"/>.</summary>
    public static BreakerState ToCore(this V1.BreakerState wire) => wire switch
    {
        V1.BreakerState.Open => BreakerState.Open,
        V1.BreakerState.HalfOpen => BreakerState.HalfOpen,
        _ => BreakerState.Closed,
    };

    /// <summary>The state on the wire.</summary>
    public static V1.BreakerState ToWire(this BreakerState state) => state switch
    {
        BreakerState.Open => V1.BreakerState.Open,
        BreakerState.HalfOpen => V1.BreakerState.HalfOpen,
        _ => V1.BreakerState.Closed,
    };

    /// <summary>The health; what is not known here is <see cref="Health.Unknown"/>.</summary>
    public static Health ToCore(this V1.Health wire) => wire switch
    {
        V1.Health.Healthy => Health.Healthy,
        V1.Health.Degraded => Health.Degraded,
        V1.Health.Unhealthy => Health.Unhealthy,
        _ => Health.Unknown,
    };

    /// <summary>The liveness; what is not known here is <see cref="Liveness.Unknown"/>.</summary>
    public static Liveness ToCore(this V1.Liveness wire) => wire switch
    {
        V1.Liveness.Alive => Liveness.Alive,
        V1.Liveness.Timeout => Liveness.Timeout,
        _ => Liveness.Unknown,
    };

    /// <summary>The intent; what is not known here is <see cref="Intent.Serving"/>.</summary>
    public static Intent ToCore(this V1.Intent wire) => wire switch
    {
        V1.Intent.Draining => Intent.Draining,
        V1.Intent.Out => Intent.Out,
        _ => Intent.Serving,
    };

    /// <summary>The reason; what is not known here is <see cref="RemovalReason.Unspecified"/>.</summary>
    public static RemovalReason ToCore(this V1.RemovalReason wire) => wire switch
    {
        V1.RemovalReason.Deregistered => RemovalReason.Deregistered,
        V1.RemovalReason.ConnectionLost => RemovalReason.ConnectionLost,
        V1.RemovalReason.Expired => RemovalReason.Expired,
        V1.RemovalReason.Superseded => RemovalReason.Superseded,
        V1.RemovalReason.Operator => RemovalReason.Operator,
        V1.RemovalReason.CheckFailed => RemovalReason.CheckFailed,
        _ => RemovalReason.Unspecified,
    };

    /// <summary>The intent on the wire.</summary>
    public static V1.Intent ToWire(this Intent intent) => intent switch
    {
        Intent.Draining => V1.Intent.Draining,
        Intent.Out => V1.Intent.Out,
        _ => V1.Intent.Serving,
    };

    /// <summary>The health on the wire.</summary>
    public static V1.Health ToWire(this Health health) => health switch
    {
        Health.Healthy => V1.Health.Healthy,
        Health.Degraded => V1.Health.Degraded,
        Health.Unhealthy => V1.Health.Unhealthy,
        _ => V1.Health.Unknown,
    };

    /// <summary>The liveness on the wire.</summary>
    public static V1.Liveness ToWire(this Liveness liveness) => liveness switch
    {
        Liveness.Alive => V1.Liveness.Alive,
        Liveness.Timeout => V1.Liveness.Timeout,
        _ => V1.Liveness.Unknown,
    };

    /// <summary>The protocol on the wire.</summary>
    public static V1.Protocol ToWire(this EndpointProtocol protocol) => protocol switch
    {
        EndpointProtocol.Http1 => V1.Protocol.Http1,
        EndpointProtocol.Http2 => V1.Protocol.Http2,
        _ => V1.Protocol.Http1AndHttp2,
    };

    /// <summary>The reason on the wire.</summary>
    public static V1.RemovalReason ToWire(this RemovalReason reason) => reason switch
    {
        RemovalReason.Deregistered => V1.RemovalReason.Deregistered,
        RemovalReason.ConnectionLost => V1.RemovalReason.ConnectionLost,
        RemovalReason.Expired => V1.RemovalReason.Expired,
        RemovalReason.Superseded => V1.RemovalReason.Superseded,
        RemovalReason.Operator => V1.RemovalReason.Operator,
        RemovalReason.CheckFailed => V1.RemovalReason.CheckFailed,
        _ => V1.RemovalReason.Unspecified,
    };

    /// <summary>Why a watcher did not acknowledge, on the wire.</summary>
    public static V1.DrainSilence ToWire(this DrainSilence why) => why switch
    {
        DrainSilence.Silent => V1.DrainSilence.Silent,
        DrainSilence.SimpleStream => V1.DrainSilence.SimpleStream,
        DrainSilence.Left => V1.DrainSilence.Left,
        _ => V1.DrainSilence.Unspecified,
    };

    private static Violation OutOfRange(string field, int value, string allowed) =>
        new(field, value.ToString(CultureInfo.InvariantCulture), $"allowed are {allowed}");
}
