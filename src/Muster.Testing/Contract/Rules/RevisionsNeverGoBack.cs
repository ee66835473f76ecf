namespace Muster.Testing.Contract.Rules;

/// <summary>The progress of a watcher never names an older revision of the same store than one before, over all its streams.</summary>
internal sealed class RevisionsNeverGoBack() : HistoryRule(ContractRules.RevisionsNeverGoBack)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is HistoryEvent.ProgressDelivered progress
            && ledger.Watch(progress.Watcher, progress.Service).Token is { } last
            && last.StoreId == progress.Token.StoreId && progress.Token.Revision < last.Revision)
        {
            broken($"{progress.Watcher} had {progress.Service} at {last.Revision}, and is now told {progress.Token.Revision}");
        }
    }
}
