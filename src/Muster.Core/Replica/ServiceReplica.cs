using System.Collections.Immutable;
using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Core.Replica;

/// <summary>A consumer's copy of one service, fed by a watch.</summary>
/// <remarks>Not thread-safe: the watch's reader drives it, and publishes <see cref="View"/> after each call that returned
/// true. Records are shown only at a progress point, so nobody sees half a commit; soft state shows at once.</remarks>
public sealed class ServiceReplica
{
    private readonly ServiceKey _key;
    private readonly Dictionary<string, SoftState> _soft = new(StringComparer.Ordinal);
    private readonly CarriedInstances _carried = new();
    private readonly Dictionary<string, InstanceRecord> _snapshotParts = new(StringComparer.Ordinal);

    // What the running batch has built so far, and what the last progress made visible. Kept apart, because soft state may
    // arrive in the middle of a batch and must not show half of it.
    private (ServiceSnapshot? Records, ServiceKnowledge Knowledge) _building;
    private (ServiceSnapshot? Records, ServiceKnowledge Knowledge) _shown;

    // The store that what is shown from disk came from; null once the registry has answered.
    private string? _rememberedStore;

    /// <summary>Creates a replica that knows nothing yet.</summary>
    public ServiceReplica(ServiceKey key)
    {
        _key = key;
        View = ServiceView.Pending(key);
    }

    /// <summary>What it shows now.</summary>
    public ServiceView View { get; private set; }

    /// <summary>Soft states held, those of instances that are not listed included.</summary>
    internal int SoftStatesHeld => _soft.Count;

    /// <summary>Where a new watch can go on; null before the first progress.</summary>
    public ResumeToken? Token { get; private set; }

    /// <summary>Shows what an earlier process kept on disk, until the registry answers.</summary>
    /// <remarks>There is no token with it, so the registry's first answer is a snapshot that replaces it. Instances that a foreign
    /// store does not list are carried on as <see cref="OnProgress"/> says: somebody calls by them.</remarks>
    /// <param name="instances">The instances, ordered by id.</param>
    /// <param name="storeId">The store that they came from.</param>
    /// <param name="age">How old they are.</param>
    /// <returns>Whether the view changed: not if the registry was first, and not for an empty list, which tells nobody anything.</returns>
    public bool OnRemembered(ImmutableArray<InstanceView> instances, string storeId, TimeSpan age)
    {
        if (View.Knowledge != ServiceKnowledge.Pending || instances.IsEmpty)
        {
            return false;
        }

        _rememberedStore = storeId;
        View = new ServiceView(_key, ServiceKnowledge.Known, Revision.None, instances) { DiskAge = age };
        return true;
    }

    /// <summary>Forgets what a stream left unfinished; the next one starts at <see cref="Token"/>.</summary>
    public void OnStreamOpened()
    {
        _building = _shown;
        _snapshotParts.Clear();
    }

    /// <summary>Takes one part of a snapshot, which replaces all records once the last part and its progress are in.</summary>
    public void OnSnapshotPart(IEnumerable<InstanceRecord> instances, bool last)
    {
        foreach (var instance in instances)
        {
            _snapshotParts[instance.Key.Id] = instance;
        }

        if (last)
        {
            _building = (ServiceSnapshot.Of(_key, Revision.None, _snapshotParts.Values), ServiceKnowledge.Known);
            _snapshotParts.Clear();
        }
    }

    /// <summary>Takes a change of the records.</summary>
    public void OnEvent(CatalogEvent change)
    {
        if (change.InstanceId is { } id)
        {
            // The new store has spoken of it: from here on it goes by that alone.
            _carried.Forget(id);
        }

        var records = (_building.Records ?? ServiceSnapshot.Empty(_key, Revision.None)).After(change);
        _building = (records, records is null ? ServiceKnowledge.Unknown : ServiceKnowledge.Known);
    }

    /// <summary>Takes the answer that the registry does not know the service.</summary>
    public void OnServiceUnknown()
    {
        _building = (null, ServiceKnowledge.Unknown);
        _snapshotParts.Clear();
    }

    /// <summary>Ends a batch: what it brought is shown.</summary>
    /// <remarks>If the token is of another store than the last one, instances that the new store does not list are shown for
    /// <see cref="Limits.ForeignStoreGrace"/> longer: a registry that lost its records comes back empty, and a list that is
    /// emptied by that would take down what still runs.</remarks>
    /// <param name="token">Where the batch ends.</param>
    /// <param name="now">The monotonic time.</param>
    /// <returns>Whether the view changed.</returns>
    public bool OnProgress(ResumeToken token, TimeSpan now)
    {
        if ((Token?.StoreId ?? _rememberedStore) is { } last && last != token.StoreId)
        {
            _carried.Carry(View.Instances, now + Limits.ForeignStoreGrace);
        }

        Token = token;
        _rememberedStore = null;
        _shown = _building;
        return Rebuild(token.Revision);
    }

    /// <summary>When <see cref="OnGraceOver"/> is to be called; null if no instances of another store are shown.</summary>
    public TimeSpan? GraceEndsAt => _carried.Until;

    /// <summary>Drops the instances of a former store, if their time is over.</summary>
    /// <returns>Whether the view changed.</returns>
    public bool OnGraceOver(TimeSpan now) => _carried.DropDue(now) && Rebuild(View.Revision);

    /// <summary>Takes soft states; those not newer than what is known are dropped.</summary>
    /// <param name="states">States by instance id.</param>
    /// <param name="complete">Whether instances that are not named have no soft state.</param>
    /// <returns>Whether the view changed.</returns>
    public bool OnSoftStates(IReadOnlyCollection<KeyValuePair<string, SoftState>> states, bool complete)
    {
        if (complete)
        {
            _soft.Clear();
        }

        var changed = complete;
        foreach (var (id, state) in states)
        {
            if (_soft.TryGetValue(id, out var known) && !state.Stamp.IsNewerThan(known.Stamp))
            {
                continue;
            }

            _soft[id] = state;
            changed = true;
        }

        return changed && Rebuild(View.Revision);
    }

    private bool Rebuild(Revision revision)
    {
        if (_shown.Knowledge == ServiceKnowledge.Pending)
        {
            return false;
        }

        var records = _shown.Records?.Instances;
        ForgetSoftStatesOfTheGone(records);
        IEnumerable<InstanceView> listed = records is null
            ? []
            : records.Values.Select(r => new InstanceView(r, _soft.GetValueOrDefault(r.Key.Id, SoftState.Unknown)));
        ImmutableArray<InstanceView> instances =
            [.. _carried.AddTo(listed).OrderBy(i => i.Id, StringComparer.Ordinal)];
        var knowledge = instances.IsEmpty ? _shown.Knowledge : ServiceKnowledge.Known;
        View = new ServiceView(_key, knowledge, revision, instances);
        return true;
    }

    private void ForgetSoftStatesOfTheGone(PersistentMap<string, InstanceRecord>? records)
    {
        // Soft state may run ahead of the record that it belongs to, so a few extra entries are legal; without this bound
        // a service whose instances come and go would grow the map for ever.
        if (_soft.Count <= 2 * (records?.Count ?? 0) + 16)
        {
            return;
        }

        foreach (var id in _soft.Keys.Where(id => records is null || !records.ContainsKey(id)).ToList())
        {
            _soft.Remove(id);
        }
    }
}
