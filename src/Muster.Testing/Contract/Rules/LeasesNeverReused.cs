using Muster.Core.Catalog;

namespace Muster.Testing.Contract.Rules;

/// <summary>A lease that ended does not begin again, and no instance is listed under one that does not run.</summary>
internal sealed class LeasesNeverReused() : HistoryRule(ContractRules.LeasesNeverReused)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is not HistoryEvent.Committed committed)
        {
            return;
        }

        var store = ledger.FindStore(committed.StoreId)!;
        foreach (var put in committed.Commit.Changes.OfType<RecordChange.LeasePut>().Where(p => store.Lease(p.Lease.Id).IsReused))
        {
            broken($"lease {put.Lease.Id} ended, and began again at revision {store.Revision}");
        }

        foreach (var transition in ledger.Transitions)
        {
            if (transition.After is { } instance && !store.Lease(instance.Lease).IsRunning)
            {
                broken($"{instance.Key} is listed at revision {store.Revision} under lease {instance.Lease}, which does not run");
            }
        }
    }
}
