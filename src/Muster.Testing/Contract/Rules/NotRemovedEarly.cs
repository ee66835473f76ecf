namespace Muster.Testing.Contract.Rules;

/// <summary>No instance is removed for silence before its TTL is over, counted from the last renewal that the registry took, from
/// its last start, or from the end of its last stall.</summary>
internal sealed class NotRemovedEarly() : HistoryRule(ContractRules.NotRemovedEarly)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        foreach (var transition in ledger.Transitions.Where(Silence.IsRemoval))
        {
            var lease = ledger.Store!.Lease(transition.Before!.Lease);
            if (happened.At < lease.NotBefore)
            {
                broken(FormattableString.Invariant(
                    $"{transition.Key} was removed at {happened.At.TotalSeconds} s, {(lease.NotBefore - happened.At)!.Value.TotalSeconds} s before the TTL of lease {lease.Id} was over"));
            }
        }
    }
}
