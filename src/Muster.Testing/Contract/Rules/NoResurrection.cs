using Muster.Core.Model;

namespace Muster.Testing.Contract.Rules;

/// <summary>An instance appears only by a registration that was sent for it, that was not answered before, and that has not made
/// it appear already.</summary>
/// <remarks>Silent until the history holds a registration: then it is taken to hold them all.</remarks>
internal sealed class NoResurrection() : HistoryRule(ContractRules.NoResurrection)
{
    private readonly HashSet<long> _used = [];
    private bool _hasOperations;

    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        _hasOperations |= happened is HistoryEvent.Invoked { Kind: OperationKind.Register };
        if (!_hasOperations)
        {
            return;
        }

        foreach (var transition in ledger.Transitions)
        {
            if (transition is not { Before: null, After: { } instance })
            {
                continue;
            }

            var cause = ledger.Open().FirstOrDefault(o =>
                o.Kind == OperationKind.Register && o.Instance == transition.Key && (o.Lease == instance.Lease || o.Lease == LeaseId.None) && !_used.Contains(o.Operation));
            if (cause is null)
            {
                broken($"{transition.Key} is listed under lease {instance.Lease} at revision {instance.Revision}, and nobody has asked for it");
            }
            else
            {
                _used.Add(cause.Operation);
            }
        }
    }
}
