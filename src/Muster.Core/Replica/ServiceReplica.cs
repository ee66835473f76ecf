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
    private readonly Dictionary<string, InstanceRecord> _snapshotParts = new(StringComparer.Ordinal);

    // What the running batch has built so far, and what the last progress made visible. Kept apart, because soft state may
    // arrive in the middle of a batch and must not show half of it.
    private (ServiceSnapshot? Records, ServiceKnowledge Knowledge) _building;
    private (ServiceSnapshot? Records, ServiceKnowledge Knowledge) _shown;

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
    /// <returns>Whether the view changed.</returns>
    public bool OnProgress(ResumeToken token)
    {
        Token = token;
        _shown = _building;
        return Rebuild(token.Revision);
    }

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
        ImmutableArray<InstanceView> instances = records is null
            ? []
            : [.. records.Values
                .OrderBy(r => r.Key.Id, StringComparer.Ordinal)
                .Select(r => new InstanceView(r, _soft.GetValueOrDefault(r.Key.Id, SoftState.Unknown)))];
        View = new ServiceView(_key, _shown.Knowledge, revision, instances);
        return true;
    }

    private void ForgetSoftStatesOfTheGone(ImmutableDictionary<string, InstanceRecord>? records)
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
