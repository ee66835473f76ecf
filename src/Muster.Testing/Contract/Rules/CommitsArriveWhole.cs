using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>The changes that one commit made to a service are delivered whole before the progress that names its revision.</summary>
internal sealed class CommitsArriveWhole() : HistoryRule(ContractRules.CommitsArriveWhole)
{
    private readonly Dictionary<(string StoreId, Revision Revision), IReadOnlyList<Transition>> _commits = [];

    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        switch (happened)
        {
            case HistoryEvent.Committed committed when ledger.Transitions.Count > 1:
                _commits[(committed.StoreId, committed.Commit.Revision)] = ledger.Transitions;
                break;
            case HistoryEvent.ProgressDelivered progress
                when _commits.TryGetValue((progress.Token.StoreId, progress.Token.Revision), out var transitions):
                var touched = transitions.Where(t => t.Key.Service == progress.Service).Select(t => t.Key.Id).Distinct().ToList();
                var missing = WatchLedger.Differences(
                    ledger.Watch(progress.Watcher, progress.Service).Building,
                    ledger.FindStore(progress.Token.StoreId)?.StateAt(progress.Service, progress.Token.Revision)).Intersect(touched).ToList();
                if (missing.Count > 0 && missing.Count < touched.Count)
                {
                    broken($"{progress.Watcher} is told revision {progress.Token.Revision}, which changed {string.Join(", ", touched)}, "
                        + $"without the change of {string.Join(", ", missing)}");
                }

                break;
        }
    }
}
