using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>Soft state to and from the wire. Times go as ages, because clocks of two machines cannot be compared.</summary>
public static class SoftStateMapping
{
    /// <summary>Reads a soft state. Never throws; a load report that <see cref="LoadReportValidator"/> refuses is dropped,
    /// so that a figure which cannot be real never steers traffic.</summary>
    /// <param name="wire">What was sent.</param>
    /// <param name="now">This process's monotonic time, from which the report's age is taken.</param>
    public static SoftState ToCore(this V1.SoftState wire, TimeSpan now)
    {
        var load = wire.Load?.ToCore();
        if (load is not null && LoadReportValidator.Validate(load) is not null)
        {
            load = null;
        }

        var loadAt = load is null ? TimeSpan.Zero : now - TimeSpan.FromMilliseconds(wire.LoadAgeMs);
        return new SoftState(wire.Liveness.ToCore(), wire.Health.ToCore(), load, loadAt, ReadStamp(wire.Stamp))
        {
            DampedUntil = wire.DampedMs == 0 ? null : now + TimeSpan.FromMilliseconds(wire.DampedMs),
        };
    }

    /// <summary>The soft state on the wire.</summary>
    /// <param name="state">The state.</param>
    /// <param name="instanceId">Whose it is.</param>
    /// <param name="now">This process's monotonic time.</param>
    /// <param name="withLoad">False leaves the load out, for watchers that did not ask for it.</param>
    public static V1.SoftState ToWire(this SoftState state, string instanceId, TimeSpan now, bool withLoad = true)
    {
        var wire = new V1.SoftState
        {
            InstanceId = instanceId,
            Liveness = state.Liveness.ToWire(),
            Health = state.ShownHealth.ToWire(),
            Stamp = new V1.Stamp
            {
                OwnerNode = state.Stamp.OwnerNode ?? "",
                Epoch = state.Stamp.Epoch,
                Sequence = state.Stamp.Sequence,
            },
        };
        wire.DampedMs = state.DampedMs(now);
        if (withLoad && state.Load is not null)
        {
            wire.Load = state.Load.ToWire();
            wire.LoadAgeMs = state.LoadAgeMs(now);
        }

        return wire;
    }

    /// <summary>How old the load is, in milliseconds; 0 without one.</summary>
    public static uint LoadAgeMs(this SoftState state, TimeSpan now) => state.Load is null
        ? 0
        : (uint)Math.Clamp((now - state.LoadAt).TotalMilliseconds, 0, uint.MaxValue);

    /// <summary>For how many milliseconds it is still kept back, at least 1; 0 if it is not.</summary>
    public static uint DampedMs(this SoftState state, TimeSpan now) => state.DampedUntil is { } until
        ? (uint)Math.Clamp((until - now).TotalMilliseconds, 1, uint.MaxValue)
        : 0;

    private static Stamp ReadStamp(V1.Stamp? wire) =>
        wire is null ? default : new Stamp(wire.OwnerNode, wire.Epoch, wire.Sequence);
}
