using Muster.Core.Catalog;
using Muster.Registry;
using Muster.Registry.Checks;

namespace Muster.Simulation;

/// <summary>Hands the catalog's events on to the checks; with a planted fault, not as they are.</summary>
internal sealed class SimFollower(CheckRunner checks, Fault fault) : ICatalogFollower
{
    public void Start(CatalogSnapshot snapshot) => checks.Start(snapshot);

    public void Apply(IReadOnlyList<CatalogEvent> events) => checks.Apply(
        fault == Fault.CheckThatIgnoresFall ? [.. events.Select(WithoutFall)] : events);

    private static CatalogEvent WithoutFall(CatalogEvent change) => change is CatalogEvent.Upserted { Instance.Check: { } check } upserted
        ? new CatalogEvent.Upserted(upserted.Instance with { Check = check with { Fall = 1 } })
        : change;
}
