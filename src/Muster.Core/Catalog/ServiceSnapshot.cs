using System.Collections.Immutable;
using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>The records of one service at one revision.</summary>
/// <remarks>Immutable. A known service without instances has a snapshot that is empty; an unknown one has none. The
/// registry's catalog and a client's replica change it through the same method, so they cannot disagree in kind.</remarks>
public sealed class ServiceSnapshot
{
    private ServiceSnapshot(ServiceKey key, Revision revision, ImmutableDictionary<string, InstanceRecord> instances, int checkedCount)
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
    public ImmutableDictionary<string, InstanceRecord> Instances { get; }

    /// <summary>How many of them have an active check, so that no heartbeat is expected of them.</summary>
    public int CheckedCount { get; }

    /// <summary>A known service without instances.</summary>
    public static ServiceSnapshot Empty(ServiceKey key, Revision revision) =>
        new(key, revision, ImmutableDictionary.Create<string, InstanceRecord>(StringComparer.Ordinal), 0);

    /// <summary>A service with these instances.</summary>
    public static ServiceSnapshot Of(ServiceKey key, Revision revision, IEnumerable<InstanceRecord> instances)
    {
        var byId = instances.ToImmutableDictionary(i => i.Key.Id, StringComparer.Ordinal);
        return new(key, revision, byId, byId.Values.Sum(Checked));
    }

    /// <summary>The snapshot after an event; null once the service is unknown.</summary>
    public ServiceSnapshot? After(CatalogEvent change) => change switch
    {
        CatalogEvent.Upserted { Instance: var put } => new(
            Key, change.Revision, Instances.SetItem(put.Key.Id, put),
            CheckedCount + Checked(put) - Checked(Instances.GetValueOrDefault(put.Key.Id))),
        CatalogEvent.Removed { Instance.Id: var id } => new(
            Key, change.Revision, Instances.Remove(id), CheckedCount - Checked(Instances.GetValueOrDefault(id))),
        _ => null,
    };

    private static int Checked(InstanceRecord? instance) => instance?.Check is null ? 0 : 1;
}
