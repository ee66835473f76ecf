using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Records by key, with conditional commits that can be taken back until they are durable. Not thread-safe.</summary>
/// <remarks>The one place that decides conflicts for the stores that have a single writer.</remarks>
internal sealed class RecordTables
{
    private readonly string _storeId;
    private readonly Dictionary<AddressKey, InstanceRecord> _instances = [];
    private readonly Dictionary<InstanceKey, AddressKey> _ids = [];
    private readonly Dictionary<LeaseId, LeaseRecord> _leases = [];

    // Instances per lease; a lease that holds none has no entry.
    private readonly Dictionary<LeaseId, int> _holdings = [];

    // Instances per known service: zero keeps it known.
    private readonly Dictionary<ServiceKey, int> _services = [];

    private readonly Dictionary<InstanceKey, Hold> _holds = [];

    // What takes the uncommitted changes back, newest last.
    private readonly Stack<Action> _undo = new();

    public RecordTables(string storeId, Revision revision = default)
    {
        _storeId = storeId;
        Revision = revision;
    }

    /// <summary>The last revision that was kept.</summary>
    public Revision Revision { get; private set; }

    /// <summary>Everything, as of now.</summary>
    public CatalogSnapshot Snapshot() =>
        Catalog.Load(_storeId, Revision, _leases.Values, _instances.Values, _services.Keys, _holds.Values);

    /// <summary>Takes a record that is durable already.</summary>
    public void Load(InstanceRecord instance)
    {
        _instances.Add(instance.AddressKey, instance);
        _ids.Add(instance.Key, instance.AddressKey);
        _services[instance.Key.Service] = _services.GetValueOrDefault(instance.Key.Service) + 1;
        _holdings[instance.Lease] = _holdings.GetValueOrDefault(instance.Lease) + 1;
    }

    /// <summary>Takes a record that is durable already.</summary>
    public void Load(LeaseRecord lease) => _leases.Add(lease.Id, lease);

    /// <summary>Takes a record that is durable already.</summary>
    public void Load(ServiceKey service) => _services.TryAdd(service, 0);

    /// <summary>Takes a record that is durable already.</summary>
    public void Load(Hold hold) => _holds.Add(hold.Instance, hold);

    /// <summary>Makes the changes of a batch whose conditions are met, in order.</summary>
    /// <returns>For each whether it was made; and what was made, a superseded instance's removal before the record that takes its
    /// place.</returns>
    public (IReadOnlyList<bool> Committed, ImmutableArray<RecordChange> Changes) ApplyAll(IReadOnlyList<ConditionalChange> batch)
    {
        var committed = new bool[batch.Count];
        var changes = ImmutableArray.CreateBuilder<RecordChange>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            var change = WithHold(batch[i].Change);
            var superseded = Superseded(change);
            committed[i] = TryApply(change, batch[i].Expected);
            if (committed[i])
            {
                if (superseded is not null)
                {
                    changes.Add(superseded);
                }

                changes.Add(change);
            }
        }

        return (committed, changes.DrainToImmutable());
    }

    /// <summary>The changes since the last call are durable: their revision is reached.</summary>
    public void Keep()
    {
        Revision = Revision.Next;
        _undo.Clear();
    }

    /// <summary>The changes since the last <see cref="Keep"/> could not be made durable: they never were.</summary>
    public void TakeBack()
    {
        while (_undo.TryPop(out var undo))
        {
            undo();
        }
    }

    // An operator may have spoken between the caller's look and this commit.
    private RecordChange WithHold(RecordChange change) => change is RecordChange.InstancePut put
        ? put with { Instance = put.Instance with { OperatorIntent = _holds.GetValueOrDefault(put.Instance.Key)?.Intent ?? Intent.Serving } }
        : change;

    private RecordChange.InstanceRemoved? Superseded(RecordChange change) =>
        change is RecordChange.InstancePut put && _instances.TryGetValue(put.Instance.AddressKey, out var holder)
            && holder.Key != put.Instance.Key
            ? new RecordChange.InstanceRemoved(holder.AddressKey, holder.Key.Id, put.SupersedingRemoval)
            : null;

    // At the revision after the last that was kept.
    private bool TryApply(RecordChange change, Revision? expected)
    {
        var revision = Revision.Next;
        return change switch
        {
            RecordChange.InstancePut put => TryPut(put.Instance with { Revision = revision }, expected),
            RecordChange.InstanceRemoved removed => TryRemove(removed, expected),
            RecordChange.LeasePut put => TryPut(put.Lease with { Revision = revision }, expected),
            RecordChange.LeaseRemoved removed => TryRemove(removed.Lease, expected),
            RecordChange.ServiceForgotten forgotten => TryForget(forgotten.Service),
            RecordChange.HoldPut put => TryPut(put.Hold),
            RecordChange.HoldReleased released => TryRelease(released.Instance),
            _ => throw new InvalidOperationException($"{change.GetType().Name} is not a known change."),
        };
    }

    private static bool Meets(Revision? actual, Revision? expected) =>
        expected is null || (actual ?? Revision.None) == expected;

    private bool TryPut(InstanceRecord instance, Revision? expected)
    {
        var holder = _instances.GetValueOrDefault(instance.AddressKey);
        var idIsElsewhere = _ids.TryGetValue(instance.Key, out var address) && address != instance.AddressKey;
        if (idIsElsewhere || !_leases.ContainsKey(instance.Lease) || !Meets(holder?.Revision, expected))
        {
            return false;
        }

        if (holder is not null)
        {
            Set(_ids, holder.Key, null);
            Count(holder.Lease, -1);
        }
        else
        {
            Set(_services, instance.Key.Service, _services.GetValueOrDefault(instance.Key.Service) + 1);
        }

        Set(_instances, instance.AddressKey, instance);
        Set(_ids, instance.Key, instance.AddressKey);
        Count(instance.Lease, +1);
        return true;
    }

    private bool TryRemove(RecordChange.InstanceRemoved removed, Revision? expected)
    {
        if (!_instances.TryGetValue(removed.Address, out var instance)
            || instance.Key.Id != removed.Id || !Meets(instance.Revision, expected))
        {
            return false;
        }

        Set(_instances, removed.Address, null);
        Set(_ids, instance.Key, null);
        Set(_services, removed.Address.Service, _services[removed.Address.Service] - 1);
        Count(instance.Lease, -1);
        return true;
    }

    private bool TryPut(LeaseRecord lease, Revision? expected)
    {
        var met = Meets(_leases.GetValueOrDefault(lease.Id)?.Revision, expected);
        if (met)
        {
            Set(_leases, lease.Id, lease);
        }

        return met;
    }

    private bool TryRemove(LeaseId lease, Revision? expected)
    {
        var met = !_holdings.ContainsKey(lease) && _leases.TryGetValue(lease, out var held) && Meets(held.Revision, expected);
        if (met)
        {
            Set(_leases, lease, null);
        }

        return met;
    }

    private bool TryForget(ServiceKey service)
    {
        var isEmpty = _services.TryGetValue(service, out var instances) && instances == 0;
        if (isEmpty)
        {
            Set(_services, service, null);
        }

        return isEmpty;
    }

    private bool TryPut(Hold hold)
    {
        var hasRoom = _holds.ContainsKey(hold.Instance) || _holds.Count < Limits.HoldsMax;
        if (hasRoom)
        {
            Set(_holds, hold.Instance, hold);
        }

        return hasRoom;
    }

    private bool TryRelease(InstanceKey instance)
    {
        var isHeld = _holds.ContainsKey(instance);
        if (isHeld)
        {
            Set(_holds, instance, null);
        }

        return isHeld;
    }

    private void Count(LeaseId lease, int change)
    {
        var count = _holdings.GetValueOrDefault(lease) + change;
        Set(_holdings, lease, count == 0 ? (int?)null : count);
    }

    // Sets or, with null, removes; and remembers how to take it back.
    private void Set<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key, TValue? value)
        where TKey : notnull
        where TValue : class
    {
        var before = table.GetValueOrDefault(key);
        _undo.Push(() => Write(table, key, before));
        Write(table, key, value);
    }

    private void Set<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key, TValue? value)
        where TKey : notnull
        where TValue : struct
    {
        TValue? before = table.TryGetValue(key, out var known) ? known : null;
        _undo.Push(() => Write(table, key, before));
        Write(table, key, value);
    }

    private static void Write<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key, TValue? value)
        where TKey : notnull
        where TValue : class
    {
        if (value is null)
        {
            table.Remove(key);
        }
        else
        {
            table[key] = value;
        }
    }

    private static void Write<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key, TValue? value)
        where TKey : notnull
        where TValue : struct
    {
        if (value is { } present)
        {
            table[key] = present;
        }
        else
        {
            table.Remove(key);
        }
    }
}
