using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <content>What is known of instances from before their commit on.</content>
internal sealed partial class LeaseKeeper
{
    /// <summary>Sets what is known of an instance that is about to be committed, so that watchers never see it without.</summary>
    public void Introduce(InstanceRecord record, Health health)
    {
        lock (_lock)
        {
            IntroduceLocked(record, health);
        }
    }

    /// <summary>Drops what <see cref="Introduce"/> set, if the instance was not committed after all.</summary>
    public void ForgetUnlessListed(InstanceKey instance)
    {
        lock (_lock)
        {
            ForgetUnlessItCameBack(instance, _catalog);
        }
    }

    private void IntroduceLocked(InstanceRecord record, Health health)
    {
        var (instance, epoch) = (record.Key, EpochOfLocked(record.Lease));
        _finals.ForgetLocked(record.Lease, instance);
        _soft.SetDampedLocked(instance, _flaps.DampedUntil(record.AddressKey), epoch);
        if (record.Check is null)
        {
            _soft.SetLivenessLocked(instance, _leases.LivenessOf(record.Lease), epoch);
            _soft.ReportLocked(instance, health == Health.Unknown ? Health.Healthy : health, null, epoch);
        }
    }

    private void ForgetUnlessItCameBack(InstanceKey instance, CatalogSnapshot after)
    {
        if (after.Find(instance) is null)
        {
            _soft.RemoveLocked(instance);
        }
    }
}
