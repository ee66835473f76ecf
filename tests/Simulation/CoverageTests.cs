using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>Storms that never reach what the contract speaks of would keep it too.</summary>
public class CoverageTests
{
    private static readonly Dictionary<string, Func<HistoryEvent, bool>> Wanted = new()
    {
        ["the guard holds"] = e => e is HistoryEvent.GuardBegan,
        ["the guard ends"] = e => e is HistoryEvent.GuardEnded,
        ["the registry restarts on its store"] = e => e is HistoryEvent.RegistryStarted { Loaded.Revision.Value: > 0 },
        ["the registry loses its store"] = e => e is HistoryEvent.RegistryStarted { Loaded.StoreId: not "store-1" },
        ["the registry stands still"] = e => e is HistoryEvent.RegistryContinued,
        ["the store is away"] = e => e is HistoryEvent.StoreRecovered,
        ["a lease runs out in silence"] = e => Removes(e, RemovalReason.Expired),
        ["a lease runs out after its stream"] = e => Removes(e, RemovalReason.ConnectionLost),
        ["an owner takes its instance back"] = e => Removes(e, RemovalReason.Deregistered),
        ["an operator removes an instance"] = e => Removes(e, RemovalReason.Operator),
        ["an address is taken over"] = e => Removes(e, RemovalReason.Superseded),
        ["a commit changes several services"] = e => e is HistoryEvent.Committed { Commit: var commit }
            && commit.Changes.OfType<RecordChange.InstancePut>().Select(p => p.Instance.Key.Service).Distinct().Count() > 1,
        ["a service is forgotten"] = e => e is HistoryEvent.Committed { Commit: var commit }
            && commit.Changes.Any(c => c is RecordChange.ServiceForgotten),
        ["a check fails"] = e => e is HistoryEvent.CheckShown { Health: Health.Unhealthy },
        ["a check passes"] = e => e is HistoryEvent.CheckShown { Health: Health.Healthy },
        ["a check removes an instance"] = e => Removes(e, RemovalReason.CheckFailed),
        ["a provider is pinged"] = e => e is HistoryEvent.Pinged,
        ["an address is refused for a living holder"] = e => e is HistoryEvent.AddressRefused,
        ["a watch resumes"] = e => e is HistoryEvent.Subscribed { Resume: not null },
        ["a watcher hears that a service is unknown"] = e => e is HistoryEvent.ChangeDelivered { Change: CatalogEvent.ServiceUnknown },
    };

    [Fact]
    public void Storms_ReachWhatTheContractSpeaksOf()
    {
        var missing = Wanted.Keys.ToHashSet();
        foreach (var seed in Enumerable.Range(1, 60))
        {
            var events = Run.Of(seed).History.Events;
            missing.RemoveWhere(what => events.Any(Wanted[what]));
        }

        Assert.Empty(missing);
    }

    private static bool Removes(HistoryEvent happened, RemovalReason reason) => happened is HistoryEvent.Committed { Commit: var commit }
        && commit.Changes.Any(c => c is RecordChange.InstanceRemoved removed && removed.Removal.Reason == reason);
}
