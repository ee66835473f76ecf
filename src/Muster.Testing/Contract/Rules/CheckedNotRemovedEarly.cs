using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>An instance with an active check does not leave for silence: no heartbeat is expected of it. By its check it leaves only
/// after that has failed, under watch, for as long as it was registered to allow.</summary>
internal sealed class CheckedNotRemovedEarly() : HistoryRule(ContractRules.CheckedNotRemovedEarly)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        foreach (var transition in ledger.Transitions.Where(t => t.Before?.Check is not null))
        {
            switch (transition.Removal?.Reason)
            {
                case RemovalReason.Expired or RemovalReason.ConnectionLost:
                    broken($"{transition.Key} has a check, and was removed for silence ({transition.Removal.Reason})");
                    break;
                case RemovalReason.CheckFailed when transition.Check is not { WasOverdue: true }:
                    broken($"{transition.Key} was removed by its check, which had not failed for long enough");
                    break;
            }
        }
    }
}
