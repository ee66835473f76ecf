using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>The records of one service at one revision.</summary>
/// <remarks>Immutable. A known service without instances has a snapshot that is empty; an unknown one has none. The
/// registry's catalog and a client's replica change it through the same method, so they cannot disagree in kind.</remarks>
public sealed class ServiceSnapshot
{
    private static readonly PersistentMap<string, InstanceRecord> s_none = new(i => i.Key.Id);

    private ServiceSnapshot(ServiceKey key, Revision revision, PersistentMap<string, InstanceRecord> instances, int checkedCount)
    {
        Key = key;
        Revision = revision;
        Instances = instances;
        CheckedCount = checkedCount;
    }

    /// <summary>The service.</summary>
    public ServiceKey Key { get; }

    /// <summary>The revision of the last change that it saw.</summary>
    public Revision Revision { get; }

    /// <summary>The instances by id.</summary>
    public PersistentMap<string, InstanceRecord> Instances { get; }

    /// <summary>How many of them have an active check, so that no heartbeat is expected of them.</summary>
    public int CheckedCount { get; }

    /// <summary>A known service without instances.</summary>
    public static ServiceSnapshot Empty(ServiceKey key, Revision revision) =>
        new(key, revision, s_none, 0);

    /// <summary>A service with these instances.</summary>
    public static ServiceSnapshot Of(ServiceKey key, Revision revision, IEnumerable<InstanceRecord> instances)
    {
        var byId = s_none.WithAll(instances);
        return new(key, revision, byId, byId.Values.Sum(Checked));
    }

    /// <summary>A service as a store has it: its last change is the newest of its instances, or without any the store's.</summary>
    internal static ServiceSnapshot Loaded(ServiceKey key, Revision revision, IReadOnlyList<InstanceRecord> instances) =>
        Of(key, instances.Count == 0 ? revision : instances.Max(i => i.Revision), instances);

    /// <summary>The snapshot after an event; null once the service is unknown.</summary>
    public ServiceSnapshot? After(CatalogEvent change) => change switch
    {
        CatalogEvent.Upserted { Instance: var put } => new(
            Key, change.Revision, Instances.With(put),
            CheckedCount + Checked(put) - Checked(Instances.GetValueOrDefault(put.Key.Id))),
        CatalogEvent.Removed { Instance.Id: var id } => new(
            Key, change.Revision, Instances.Without(id), CheckedCount - Checked(Instances.GetValueOrDefault(id))),
        _ => null,
    };

    private static int Checked(InstanceRecord? instance) => instance?.Check is null ? 0 : 1;
}
