using Muster.Core;

namespace Muster.Registry;

/// <summary>What one node holds at most, in all. The values are those of <see cref="Limits"/>; a test that has to reach one gives
/// another, because a hundred thousand of anything is no test for every day.</summary>
internal sealed record NodeLimits
{
    public int ServicesMax { get; init; } = Limits.ServicesMax;

    public int InstancesMax { get; init; } = Limits.InstancesMax;

    public int InstancesPerServiceMax { get; init; } = Limits.InstancesPerServiceMax;

    public int InstancesPerLeaseMax { get; init; } = Limits.InstancesPerLeaseMax;

    public int ChecksMax { get; init; } = Limits.ChecksMax;

    public int LeasesMax { get; init; } = Limits.LeasesMax;

    public int SessionsMax { get; init; } = Limits.SessionsMax;

    public int WatchesMax { get; init; } = Limits.WatchesMax;

    public int SubscriptionsMax { get; init; } = Limits.SubscriptionsMax;

    public int CallEntriesMax { get; init; } = Limits.CallEntriesMax;

    public int CallEntriesPerWatchMax { get; init; } = Limits.CallEntriesPerWatchMax;

    public int DrainsMax { get; init; } = Limits.DrainsMax;

    public long ConnectionsMax { get; init; } = Limits.ConnectionsMax;
}
