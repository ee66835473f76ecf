namespace Muster.Testing.Contract.Rules;

/// <summary>A watch that resumes gets every change since its token, or a snapshot.</summary>
internal sealed class ResumeSkipsNothing() : HistoryRule(ContractRules.ResumeSkipsNothing)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is not HistoryEvent.ProgressDelivered progress
            || ledger.Watch(progress.Watcher, progress.Service) is not { ResumedAt: { } resumed } watch
            || resumed.StoreId != progress.Token.StoreId || ledger.FindStore(resumed.StoreId) is not { } store)
        {
            return;
        }

        var state = store.StateAt(progress.Service, progress.Token.Revision);
        var changed = WatchLedger.Differences(store.StateAt(progress.Service, resumed.Revision), state);
        var missing = WatchLedger.Differences(watch.Building, state).Intersect(changed).ToList();
        if (missing.Count > 0)
        {
            broken($"{progress.Watcher} resumed after {resumed.Revision} and is at {progress.Token.Revision}, "
                + $"without what happened to {string.Join(", ", missing)} in between");
        }
    }
}
