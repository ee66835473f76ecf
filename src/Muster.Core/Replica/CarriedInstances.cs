using System.Collections.Immutable;

namespace Muster.Core.Replica;

/// <summary>Instances that a former store listed, shown until the new one lists them or their time is over.</summary>
internal sealed class CarriedInstances
{
    private ImmutableArray<InstanceView> _instances = [];

    /// <summary>When their time is over; null if there are none.</summary>
    public TimeSpan? Until { get; private set; }

    /// <summary>Carries what was shown until now, which includes what is still carried from a store before that.</summary>
    public void Carry(ImmutableArray<InstanceView> instances, TimeSpan until)
    {
        _instances = instances;
        Until = instances.IsEmpty ? null : until;
    }

    /// <summary>Stops carrying an instance.</summary>
    public void Forget(string id) => Keep(_instances.RemoveAll(i => i.Id == id));

    /// <summary>Drops all, if their time is over.</summary>
    /// <returns>Whether there was anything to drop.</returns>
    public bool DropDue(TimeSpan now)
    {
        var isDue = Until <= now;
        if (isDue)
        {
            Keep([]);
        }

        return isDue;
    }

    /// <summary>What is listed now, and of what is carried that whose id and address nobody else has.</summary>
    public IEnumerable<InstanceView> AddTo(IEnumerable<InstanceView> listed)
    {
        if (_instances.IsEmpty)
        {
            return listed;
        }

        var all = listed.ToList();
        var ids = all.Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        var addresses = all.Select(i => i.Record.AddressKey).ToHashSet();
        // Gone for good once the new store lists them: its later word that they left must not bring them back.
        Keep(_instances.RemoveAll(i => ids.Contains(i.Id) || addresses.Contains(i.Record.AddressKey)));
        all.AddRange(_instances);
        return all;
    }

    private void Keep(ImmutableArray<InstanceView> instances)
    {
        _instances = instances;
        Until = instances.IsEmpty ? null : Until;
    }
}
