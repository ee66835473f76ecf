using System.Collections.Immutable;
using Muster.Core;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Registry.Store;

/// <summary>Records by key, with conditional commits that can be taken back until they are durable. Not thread-safe.</summary>
/// <remarks>The one place that decides conflicts for the stores that have a single writer. Instances and leases are numbered, so that
/// a file can keep them in the order in which they came: rows that are appended share a page, rows under their keys would each
/// touch one of their own.</remarks>
internal sealed class RecordTables
{
    private readonly string _storeId;

    // Sets of what carries its key already: a dictionary would hold it a second time.
    private readonly KeyedSet<AddressKey, StoredInstance> _instances = new(i => i.Record.AddressKey);
    private readonly KeyedSet<InstanceKey, StoredInstance> _ids = new(i => i.Record.Key);
    private readonly KeyedSet<LeaseId, StoredLease> _leases = new(l => l.Lease.Id);
    private readonly Dictionary<ServiceKey, KnownService> _services = [];
    private readonly Dictionary<InstanceKey, Hold> _holds = [];

    private readonly SharedParts _shared = new();

    // What the uncommitted changes replaced by what, newest last.
    private readonly Stack<(object? Before, object? After)> _steps = new();

    // The last number that an instance or a lease was given.
    private long _lastRow;

    public RecordTables(string storeId, Revision revision = default)
    {
        _storeId = storeId;
        Revision = revision;
    }

    /// <summary>The last revision that was kept.</summary>
    public Revision Revision { get; private set; }

    /// <summary>Everything, as of now.</summary>
    public CatalogSnapshot Snapshot() => Catalog.Load(
        _storeId, Revision, _leases.Select(l => l.Lease), _instances.Select(i => i.Record), _services.Keys, _holds.Values);

    /// <summary>Whether a lease is here.</summary>
    public bool Holds(LeaseId lease) => _leases.Contains(lease);

    /// <summary>Takes a record that is durable already, after its lease.</summary>
    /// <exception cref="ArgumentException">There is one of its address or id already.</exception>
    public void Load(InstanceRecord instance, long row)
    {
        Load(instance.Key.Service);
        var stored = new StoredInstance(Shared(instance), row);
        _instances.Add(stored);
        _ids.Add(stored);
        Count(stored, +1);
        _lastRow = Math.Max(_lastRow, row);
    }

    /// <summary>Takes a record that is durable already.</summary>
    /// <exception cref="ArgumentException">There is one of its id already.</exception>
    public void Load(LeaseRecord lease, long row)
    {
        // As the catalog will have it.
        _leases.Add(new StoredLease(lease with { OwnerNode = _shared.Of(lease.OwnerNode), Revision = Revision }, row));
        _lastRow = Math.Max(_lastRow, row);
    }

    /// <summary>Takes a record that is durable already.</summary>
    public void Load(ServiceKey service) => _services.TryAdd(service, new KnownService(new ServiceKey(_shared.Of(service.Namespace), service.Name)));

    /// <summary>Takes a record that is durable already.</summary>
    public void Load(Hold hold) => _holds.Add(hold.Instance, hold);

    /// <summary>Makes the changes of a batch whose conditions are met, in order.</summary>
    public AppliedBatch ApplyAll(IReadOnlyList<ConditionalChange> batch)
    {
        var committed = new bool[batch.Count];
        var changes = ImmutableArray.CreateBuilder<RecordChange>(batch.Count);
        var rows = ImmutableArray.CreateBuilder<long>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            var change = Completed(batch[i].Change);
            var superseded = Superseded(change);
            if (TryApply(change, batch[i].Expected) is not { } row)
            {
                continue;
            }

            committed[i] = true;
            if (superseded is not null)
            {
                changes.Add(superseded);
                rows.Add(row);
            }

            changes.Add(change);
            rows.Add(row);
        }

        return new AppliedBatch(committed, changes.DrainToImmutable(), rows.DrainToImmutable());
    }

    /// <summary>The changes since the last call are durable: their revision is reached.</summary>
    public void Keep()
    {
        Revision = Revision.Next;
        _steps.Clear();
    }

    /// <summary>The changes since the last <see cref="Keep"/> could not be made durable: they never were.</summary>
    public void TakeBack()
    {
        while (_steps.TryPop(out var step))
        {
            Drop(step.After);
            Put(step.Before);
        }
    }

    // As it will be stored, at the revision after the last that was kept: the catalog takes the same object. An operator may have
    // spoken between the caller's look and this commit.
    private RecordChange Completed(RecordChange change) => change switch
    {
        RecordChange.InstancePut put => put with
        {
            Instance = Shared(put.Instance) with
            {
                OperatorIntent = _holds.GetValueOrDefault(put.Instance.Key)?.Intent ?? Intent.Serving,
                Revision = Revision.Next,
            },
        },
        RecordChange.LeasePut put => new RecordChange.LeasePut(put.Lease with { Revision = Revision.Next }),
        _ => change,
    };

    private InstanceRecord Shared(InstanceRecord instance) => instance with
    {
        Key = _services.TryGetValue(instance.Key.Service, out var known) ? instance.Key with { Service = known.Key } : instance.Key,
        Zone = _shared.Of(instance.Zone),
        Endpoints = _shared.Of(instance.Endpoints),
        Metadata = _shared.Of(instance.Metadata),
    };

    private RecordChange.InstanceRemoved? Superseded(RecordChange change) =>
        change is RecordChange.InstancePut put && _instances.Find(put.Instance.AddressKey) is { } holder
            && holder.Record.Key != put.Instance.Key
            ? RecordChange.InstanceRemoved.Of(holder.Record, put.SupersedingRemoval)
            : null;

    // Returns the row that it is about, 0 for what has none; null if it was not made.
    private long? TryApply(RecordChange change, Revision? expected) => change switch
    {
        RecordChange.InstancePut put => TryPut(put.Instance, expected),
        RecordChange.InstanceRemoved removed => TryRemove(removed, expected),
        RecordChange.LeasePut put => TryPut(put.Lease, expected),
        RecordChange.LeaseRemoved removed => TryRemove(removed.Lease, expected),
        RecordChange.ServiceForgotten forgotten => TryForget(forgotten.Service),
        RecordChange.HoldPut put => TryPut(put.Hold),
        RecordChange.HoldReleased released => TryRelease(released.Instance),
        _ => throw new InvalidOperationException($"{change.GetType().Name} is not a known change."),
    };

    private static bool Meets(Revision? actual, Revision? expected) =>
        expected is null || (actual ?? Revision.None) == expected;

    private long? TryPut(InstanceRecord instance, Revision? expected)
    {
        var address = instance.AddressKey;
        var holder = _instances.Find(address);
        var idIsElsewhere = _ids.Find(instance.Key) is { } sameId && sameId != holder;
        if (idIsElsewhere || !_leases.Contains(instance.Lease) || !Meets(holder?.Record.Revision, expected))
        {
            return null;
        }

        if (!_services.ContainsKey(instance.Key.Service))
        {
            Replace(null, new KnownService(instance.Key.Service));
        }

        var stored = new StoredInstance(instance, holder?.Row ?? ++_lastRow);
        Replace(holder, stored);
        return stored.Row;
    }

    private long? TryRemove(RecordChange.InstanceRemoved removed, Revision? expected)
    {
        if (_instances.Find(removed.Address) is not { } stored
            || stored.Record.Key.Id != removed.Id || !Meets(stored.Record.Revision, expected))
        {
            return null;
        }

        Replace(stored, null);
        return stored.Row;
    }

    private long? TryPut(LeaseRecord lease, Revision? expected)
    {
        var before = _leases.Find(lease.Id);
        if (!Meets(before?.Lease.Revision, expected))
        {
            return null;
        }

        var stored = new StoredLease(lease, before?.Row ?? ++_lastRow) { Instances = before?.Instances ?? 0 };
        Replace(before, stored);
        return stored.Row;
    }

    private long? TryRemove(LeaseId lease, Revision? expected)
    {
        if (_leases.Find(lease) is not { } stored || stored.Instances > 0 || !Meets(stored.Lease.Revision, expected))
        {
            return null;
        }

        Replace(stored, null);
        return stored.Row;
    }

    private long? TryForget(ServiceKey key)
    {
        if (!_services.TryGetValue(key, out var service) || service.Instances > 0)
        {
            return null;
        }

        Replace(service, null);
        return 0;
    }

    private long? TryPut(Hold hold)
    {
        var before = _holds.GetValueOrDefault(hold.Instance);
        if (before is null && _holds.Count >= Limits.HoldsMax)
        {
            return null;
        }

        Replace(before, hold);
        return 0;
    }

    private long? TryRelease(InstanceKey instance)
    {
        if (!_holds.TryGetValue(instance, out var hold))
        {
            return null;
        }

        Replace(hold, null);
        return 0;
    }

    // One record takes the place of another, or of none, or goes; and it is remembered how to take that back.
    private void Replace(object? before, object? after)
    {
        Drop(before);
        Put(after);
        _steps.Push((before, after));
    }

    private void Put(object? record)
    {
        switch (record)
        {
            case StoredInstance instance:
                _instances.Add(instance);
                _ids.Add(instance);
                Count(instance, +1);
                break;
            case StoredLease lease:
                _leases.Add(lease);
                break;
            case KnownService service:
                _services[service.Key] = service;
                break;
            case Hold hold:
                _holds[hold.Instance] = hold;
                break;
        }
    }

    private void Drop(object? record)
    {
        switch (record)
        {
            case StoredInstance instance:
                _instances.Remove(instance);
                _ids.Remove(instance);
                Count(instance, -1);
                break;
            case StoredLease lease:
                _leases.Remove(lease);
                break;
            case KnownService service:
                _services.Remove(service.Key);
                break;
            case Hold hold:
                _holds.Remove(hold.Instance);
                break;
        }
    }

    private void Count(StoredInstance instance, int change)
    {
        _services[instance.Record.Key.Service].Instances += change;
        _leases.Find(instance.Record.Lease)!.Instances += change;
    }

    private sealed class StoredInstance(InstanceRecord record, long row)
    {
        public InstanceRecord Record => record;

        public long Row => row;
    }

    private sealed class StoredLease(LeaseRecord lease, long row)
    {
        public LeaseRecord Lease => lease;

        public long Row => row;

        public int Instances { get; set; }
    }

    private sealed class KnownService(ServiceKey key)
    {
        public ServiceKey Key => key;

        public int Instances { get; set; }
    }
}
