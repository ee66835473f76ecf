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
    public sealed record Removed(InstanceKey Instance, Removal Removal, Revision At) : CatalogEvent(Instance.Service, At)
    {
        /// <inheritdoc />
        public override string InstanceId => Instance.Id;
    }

    /// <summary>The service was forgotten.</summary>
    public sealed record ServiceUnknown(ServiceKey Forgotten, Revision At) : CatalogEvent(Forgotten, At)
    {
        /// <inheritdoc />
        public override string? InstanceId => null;
    }
}
