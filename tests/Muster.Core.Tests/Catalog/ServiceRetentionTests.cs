using Muster.Core.Catalog;
using static Muster.Core.Tests.Records;

namespace Muster.Core.Tests.Catalog;

public class ServiceRetentionTests
{
    private readonly Core.Catalog.Catalog _catalog = EmptyCatalog();
    private readonly ServiceRetention _retention = new();
    private ulong _revision;

    [Fact]
    public void Due_EmptyForTheWholeTime_IsNamed()
    {
        Apply(TimeSpan.Zero, Put(Instance()));
        Apply(TimeSpan.FromMinutes(5), Remove(Instance()));

        Assert.Empty(_retention.Due(TimeSpan.FromMinutes(5) + Limits.KnownServiceRetention - TimeSpan.FromTicks(1)));
        Assert.Equal(Service, Assert.Single(_retention.Due(TimeSpan.FromMinutes(5) + Limits.KnownServiceRetention)));
    }

    [Fact]
    public void Due_InstanceCameBackMeanwhile_StartsOver()
    {
        Apply(TimeSpan.Zero, Put(Instance()));
        Apply(TimeSpan.FromMinutes(1), Remove(Instance()));
        Apply(TimeSpan.FromMinutes(2), Put(Instance()));
        Apply(TimeSpan.FromMinutes(3), Remove(Instance()));

        Assert.Empty(_retention.Due(TimeSpan.FromMinutes(2) + Limits.KnownServiceRetention));
        Assert.Single(_retention.Due(TimeSpan.FromMinutes(3) + Limits.KnownServiceRetention));
    }

    private void Apply(TimeSpan now, params RecordChange[] changes)
    {
        var events = _catalog.Apply(Commit(++_revision, changes));
        _retention.Observe(events, _catalog.Current, now);
    }
}
