using Muster.Core.Catalog;

namespace Muster.Registry;

/// <summary>Follows the catalog. Called by the one loop that applies commits; calls must not block.</summary>
internal interface ICatalogFollower
{
    /// <summary>Begins with these records, or begins anew: all that was known is replaced.</summary>
    void Start(CatalogSnapshot snapshot);

    /// <summary>A commit was applied.</summary>
    void Apply(IReadOnlyList<CatalogEvent> events);
}
