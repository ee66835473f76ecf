using Muster.Core.Model;

namespace Muster.Core.Catalog;

/// <summary>What a watcher can see of a commit. A closed set: the nested types are all there are.</summary>
/// <param name="Service">The service it concerns.</param>
/// <param name="Revision">The commit's revision.</param>
public abstract record CatalogEvent(ServiceKey Service, Revision Revision)
{
    /// <summary>The instance it concerns; null for <see cref="ServiceUnknown"/>.</summary>
    public abstract string? InstanceId { get; }

    /// <summary>An instance is there, new or changed.</summary>
    public sealed record Upserted(InstanceRecord Instance) : CatalogEvent(Instance.Key.Service, Instance.Revision)
    {
        /// <inheritdoc />
        public override string InstanceId => Instance.Key.Id;
    }

    /// <summary>An instance left.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Removal">Why.</param>
    /// <param name="At">The commit's revision.</param>
    /// <param name="Address">Where it was, for the history; empty at a consumer, who has no use for it.</param>
    /// <param name="Lease">The lease that held it, likewise.</param>
    public sealed record Removed(InstanceKey Instance, Removal Removal, Revision At, string Address = "", LeaseId Lease = default)
        : CatalogEvent(Instance.Service, At)
    {
        /// <inheritdoc />
        public override string InstanceId => Instance.Id;

        /// <summary>The tombstone.</summary>
        public RemovalRecord ToRecord() => new(Instance, Address, Removal, At, Lease);
    }

    /// <summary>The service was forgotten.</summary>
    public sealed record ServiceUnknown(ServiceKey Forgotten, Revision At) : CatalogEvent(Forgotten, At)
    {
        /// <inheritdoc />
        public override string? InstanceId => null;
    }
}
