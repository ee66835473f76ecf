using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Sessions;

/// <content>What active checks mean for leases.</content>
internal sealed partial class LeaseKeeper
{
    /// <summary>Takes what the check of an instance found.</summary>
    public void SetChecked(InstanceKey instance, Health health)
    {
        lock (_lock)
        {
            if (_catalog.Find(instance) is { Check: not null } record)
            {
                _soft.SetLocked(instance, health == Health.Healthy ? Liveness.Alive : Liveness.Unknown, health, EpochOfLocked(record.Lease));
                if (health == Health.Unhealthy)
                {
                    LoseLocked(instance);
                }
            }
        }
    }

    /// <summary>Whether an instance shows signs of life: its lease by a stream or a renewal within half its TTL, or, if the registry
    /// checks it, anything but failed checks.</summary>
    public bool IsAlive(InstanceRecord instance)
    {
        lock (_lock)
        {
            return instance.Check is null
                ? _leases.LivenessOf(instance.Lease) == Liveness.Alive
                : _soft.OfLocked(instance.Key).Health != Health.Unhealthy;
        }
    }

    private void StartLocked(LeaseHolding holding, Liveness liveness)
    {
        _leases.Start(holding.Lease.Id, holding.Lease.Ttl, liveness, _clock.Now);
        _leases.SetChecked(holding.Lease.Id, IsChecked(holding), _clock.Now);
    }

    private static bool IsChecked(LeaseHolding holding) => holding.Instances.Values.Any(i => i.Check is not null);

    // A lease is kept by a check for as long as it holds an instance that has one; from then on it is like any other, and runs out
    // if nobody renews it.
    private void FollowChecksLocked(CatalogEvent change, CatalogSnapshot before)
    {
        var put = (change as CatalogEvent.Upserted)?.Instance;
        var key = put?.Key ?? (change as CatalogEvent.Removed)?.Instance;
        var former = key is { } known ? before.Find(known) : null;
        if (put?.Check is null && former?.Check is null)
        {
            return;
        }

        foreach (var lease in new[] { former?.Lease, put?.Lease }.OfType<LeaseId>().Distinct())
        {
            _leases.SetChecked(lease, _catalog.Leases.TryGetValue(lease, out var holding) && IsChecked(holding), _clock.Now);
        }

        if (put is { Check: null })
        {
            _soft.SetLivenessLocked(put.Key, _leases.LivenessOf(put.Lease), EpochOfLocked(put.Lease));
        }
        else if (put is not null && former is not { Check: not null })
        {
            // Nothing is known of it yet, whatever its provider said before.
            _soft.SetLocked(put.Key, Liveness.Unknown, Health.Unknown, EpochOfLocked(put.Lease));
        }

        ArmWake();
    }

    private ulong EpochOfLocked(LeaseId lease) => _catalog.Leases.GetValueOrDefault(lease)?.Lease.Epoch ?? _catalog.Revision.Next.Value;
}
