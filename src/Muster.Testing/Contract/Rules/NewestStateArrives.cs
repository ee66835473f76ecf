namespace Muster.Testing.Contract.Rules;

/// <summary>Once all is quiet, each watcher that is connected has the newest state of each instance.</summary>
internal sealed class NewestStateArrives() : HistoryRule(ContractRules.NewestStateArrives)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is not HistoryEvent.Quiesced || ledger.Store is not { } store)
        {
            return;
        }

        foreach (var watch in ledger.Watches.Where(w => w.IsConnected))
        {
            var state = store.StateAt(watch.Service, store.Revision);
            var missing = WatchLedger.Differences(watch.AtProgress, state);
            if (watch.Token?.StoreId != store.Id)
            {
                broken($"{watch.Watcher} is connected and has never heard of {watch.Service} of store {store.Id}");
            }
            else if (missing.Count > 0)
            {
                broken($"{watch.Watcher} stays at {watch.Token?.Revision} of {watch.Service} without the newest state of {string.Join(", ", missing)}");
            }
        }
    }
}
