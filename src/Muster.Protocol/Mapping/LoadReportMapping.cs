using Muster.Core.Model;

namespace Muster.Protocol.Mapping;

/// <summary>What a provider says of itself, to and from the wire.</summary>
public static class LoadReportMapping
{
    /// <summary>Reads a provider's report. Never throws; the load is not yet held to its bounds.</summary>
    /// <param name="wire">What was sent.</param>
    /// <param name="health">The health.</param>
    /// <param name="load">The load; null if none was sent.</param>
    /// <returns>The violation, or null if the report was read.</returns>
    public static Violation? ToCore(this V1.LoadReport wire, out Health health, out LoadReport? load)
    {
        load = wire.Load?.ToCore();
        return EnumMapping.ReadHealth("health", wire.Health, out health);
    }

    /// <summary>A provider's report on the wire.</summary>
    /// <param name="instanceId">The instance; empty means every instance of the lease.</param>
    /// <param name="health">Its health.</param>
    /// <param name="load">Its load; null sends none.</param>
    public static V1.LoadReport ToWire(string instanceId, Health health, LoadReport? load)
    {
        var wire = new V1.LoadReport { InstanceId = instanceId, Health = health.ToWire() };
        if (load is not null)
        {
            wire.Load = load.ToWire();
        }

        return wire;
    }
}
