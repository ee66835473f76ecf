using Muster.Core.Sessions;

namespace Muster.Protocol.Mapping;

/// <summary>What was seen of a provider, on the wire.</summary>
public static class LeaseSignsMapping
{
    /// <summary>The signs on the wire.</summary>
    public static V1.ProviderSigns ToWire(this LeaseSigns signs)
    {
        var wire = new V1.ProviderSigns
        {
            IsHeard = signs.IsHeard,
            TtlMs = Milliseconds(signs.Ttl),
            SinceRenewalMs = Milliseconds(signs.SinceRenewal),
            HasStream = signs.HasStream,
            Client = signs.Client,
        };
        if (signs.SinceStreamLost is { } lost)
        {
            wire.SinceStreamLostMs = Milliseconds(lost);
        }

        return wire;
    }

    private static uint Milliseconds(TimeSpan time) => (uint)Math.Clamp(time.TotalMilliseconds, 0, uint.MaxValue);
}
