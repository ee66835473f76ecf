using System.Collections.Immutable;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>All states of one store, folded from its commits without any of the product's own code.</summary>
internal sealed class StoreLedger(string id)
{
    private static readonly ImmutableDictionary<string, InstanceRecord> s_empty =
        ImmutableDictionary.Create<string, InstanceRecord>(StringComparer.Ordinal);

    // Per service its states in revision order; null is "not known".
    private readonly Dictionary<ServiceKey, List<(Revision At, ImmutableDictionary<string, InstanceRecord>? Instances)>> _states = [];
    private readonly Dictionary<LeaseId, LeaseLedger> _leases = [];
    private readonly Dictionary<InstanceKey, CheckLedger> _checks = [];

    public string Id => id;

    public Revision Revision { get; private set; }

    /// <summary>The most instances that were listed at once.</summary>
    public int InstancesMax { get; private set; }

    public IEnumerable<ServiceKey> Services => _states.Keys;

    public IEnumerable<LeaseLedger> RunningLeases => _leases.Values.Where(l => l.IsRunning);

    /// <summary>The instances with an active check that are listed.</summary>
    public IEnumerable<CheckLedger> Checks => _checks.Values;

    /// <summary>The check of an instance; null if it is not listed, or has none.</summary>
    public CheckLedger? Check(InstanceKey instance) => _checks.GetValueOrDefault(instance);

    public LeaseLedger Lease(LeaseId lease)
    {
        if (!_leases.TryGetValue(lease, out var ledger))
        {
            _leases[lease] = ledger = new LeaseLedger(lease);
        }

        return ledger;
    }

    /// <summary>The instances of a service at a revision; null if it was not known.</summary>
    public ImmutableDictionary<string, InstanceRecord>? StateAt(ServiceKey service, Revision revision)
    {
        if (!_states.TryGetValue(service, out var states))
        {
            return null;
        }

        var index = states.Count - 1;
        while (index >= 0 && states[index].At > revision)
        {
            index--;
        }

        return index < 0 ? null : states[index].Instances;
    }

    public InstanceRecord? Find(InstanceKey key, Revision revision) => StateAt(key.Service, revision)?.GetValueOrDefault(key.Id);

    /// <summary>Begins with what a registry found.</summary>
    public void Load(CatalogSnapshot loaded, TimeSpan at)
    {
        Revision = loaded.Revision;
        foreach (var lease in loaded.Leases.Values)
        {
            Lease(lease.Lease.Id).OnPut(lease.Lease.Ttl, at);
        }

        foreach (var service in loaded.Services.Values)
        {
            Set(service.Key, service.Instances.Values.ToImmutableDictionary(i => i.Key.Id, StringComparer.Ordinal));
            foreach (var instance in service.Instances.Values)
            {
                Lease(instance.Lease).Instances++;
                FollowCheck(null, instance, at);
            }
        }
    }

    /// <summary>Applies a commit.</summary>
    public IReadOnlyList<Transition> Apply(HistoryEvent.Committed committed)
    {
        Revision = committed.Commit.Revision;
        var transitions = new List<Transition>();
        foreach (var change in committed.Commit.Changes)
        {
            switch (change)
            {
                case RecordChange.InstancePut put:
                    transitions.Add(Put(put.Instance with { Revision = Revision }, committed.At));
                    break;
                case RecordChange.InstanceRemoved removed:
                    transitions.AddRange(Remove(removed, committed.At));
                    break;
                case RecordChange.LeasePut put:
                    Lease(put.Lease.Id).OnPut(put.Lease.Ttl, committed.At);
                    break;
                case RecordChange.LeaseRemoved removed:
                    Lease(removed.Lease).OnEnded();
                    break;
                case RecordChange.ServiceForgotten forgotten when Now(forgotten.Service) is { IsEmpty: true }:
                    Set(forgotten.Service, null);
                    break;
            }
        }

        InstancesMax = Math.Max(InstancesMax, _leases.Values.Sum(l => l.Instances));
        return transitions;
    }

    private Transition Put(InstanceRecord instance, TimeSpan at)
    {
        var instances = Now(instance.Key.Service) ?? s_empty;
        var before = instances.GetValueOrDefault(instance.Key.Id);
        Set(instance.Key.Service, instances.SetItem(instance.Key.Id, instance));
        if (before is not null)
        {
            Lease(before.Lease).Instances--;
        }

        Lease(instance.Lease).Instances++;
        return new Transition(instance.Key, before, instance, null) { Check = FollowCheck(before, instance, at) };
    }

    private IEnumerable<Transition> Remove(RecordChange.InstanceRemoved removed, TimeSpan at)
    {
        var key = new InstanceKey(removed.Address.Service, removed.Id);
        if (Now(key.Service) is { } instances && instances.TryGetValue(key.Id, out var before) && before.AddressKey == removed.Address)
        {
            Set(key.Service, instances.Remove(key.Id));
            Lease(before.Lease).Instances--;
            yield return new Transition(key, before, null, removed.Removal) { Check = FollowCheck(before, null, at) };
        }
    }

    // The former check: what it had seen is what a removal is judged by.
    private CheckLedger? FollowCheck(InstanceRecord? before, InstanceRecord? after, TimeSpan at)
    {
        if (after?.Check is not null)
        {
            Lease(after.Lease).OnChecked();
        }

        if (before?.Check is not null)
        {
            Lease(before.Lease).OnUnchecked(at);
        }

        var key = (after ?? before)!.Key;
        var former = _checks.GetValueOrDefault(key);
        if (after?.Check is not { } check)
        {
            _checks.Remove(key);
        }
        else if (former is null || !former.IsOf(after.Host, check, check.EndpointOf(after)))
        {
            _checks[key] = new CheckLedger(key, after.Host, check, check.EndpointOf(after), at);
        }
        else
        {
            former.OnPut(at);
        }

        return former;
    }

    private ImmutableDictionary<string, InstanceRecord>? Now(ServiceKey service) =>
        _states.TryGetValue(service, out var states) ? states[^1].Instances : null;

    private void Set(ServiceKey service, ImmutableDictionary<string, InstanceRecord>? instances)
    {
        if (!_states.TryGetValue(service, out var states))
        {
            _states[service] = states = [];
        }

        if (states.Count > 0 && states[^1].At == Revision)
        {
            states.RemoveAt(states.Count - 1);
        }

        states.Add((Revision, instances));
    }
}
