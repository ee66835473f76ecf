namespace Muster.Testing.Contract.Rules;

/// <summary>What a watcher has at a progress is what the service was at that revision.</summary>
internal sealed class DeliveredStatesExisted() : HistoryRule(ContractRules.DeliveredStatesExisted)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is not HistoryEvent.ProgressDelivered progress || ledger.FindStore(progress.Token.StoreId) is not { } store)
        {
            return;
        }

        if (progress.Token.Revision > store.Revision)
        {
            broken($"{progress.Watcher} is told revision {progress.Token.Revision}; the store has only reached {store.Revision}");
            return;
        }

        var state = store.StateAt(progress.Service, progress.Token.Revision);
        var watch = ledger.Watch(progress.Watcher, progress.Service);
        var differing = WatchLedger.Differences(watch.Building, state);
        if (differing.Count > 0)
        {
            broken($"{progress.Watcher} at {progress.Token.Revision} has {HistoryText.Of(watch.Building?.Values ?? [])}; "
                + $"{progress.Service} was {HistoryText.Of(state?.Values ?? [])} then");
        }
        else if ((watch.Building is null) != (state is null))
        {
            broken($"{progress.Watcher} at {progress.Token.Revision} takes {progress.Service} for "
                + $"{(watch.Building is null ? "unknown, which it was not" : "known, which it was not")}");
        }
    }
}
