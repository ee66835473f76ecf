namespace Muster.Testing.Contract.Rules;

/// <summary>An instance with an active check is shown as its probes say: the first result decides, then <c>fall</c> failures or
/// <c>rise</c> successes in a row.</summary>
internal sealed class CheckThresholdsKept() : HistoryRule(ContractRules.CheckThresholdsKept)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (happened is HistoryEvent.CheckShown shown && ledger.Store?.Check(shown.Instance) is { } check && check.Health != shown.Health)
        {
            broken($"{shown.Instance} is shown {shown.Health}; its probes make it {check.Health}");
        }
    }
}
