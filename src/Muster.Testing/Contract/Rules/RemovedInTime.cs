namespace Muster.Testing.Contract.Rules;

/// <summary>An instance whose lease is not renewed is removed at most <see cref="Core.Limits.ExpiryLagMax"/> after its TTL; later
/// only by as much as the guard, a stall, a restart or an outage of the store allows.</summary>
internal sealed class RemovedInTime() : HistoryRule(ContractRules.RemovedInTime)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        switch (happened)
        {
            case HistoryEvent.Committed:
                foreach (var transition in ledger.Transitions.Where(Silence.IsRemoval))
                {
                    Judge(ledger.Store!.Lease(transition.Before!.Lease), happened, ledger, broken);
                }

                break;
            case HistoryEvent.Renewed renewed:
                JudgeListed(ledger.Store?.Lease(renewed.Lease), happened, ledger, broken);
                break;

            // From here on other deadlines hold; and at the end there is no removal that could be judged.
            case HistoryEvent.RegistryStopped or HistoryEvent.RegistryStalled or HistoryEvent.StoreFailed or HistoryEvent.Quiesced:
                foreach (var lease in ledger.Store?.RunningLeases ?? [])
                {
                    JudgeListed(lease, happened, ledger, broken);
                }

                break;
        }
    }

    private static void JudgeListed(LeaseLedger? lease, HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (lease is { IsRunning: true, Instances: > 0, Checked: 0 })
        {
            Judge(lease, happened, ledger, broken);
        }
    }

    private static void Judge(LeaseLedger lease, HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        var mayBeHeld = ledger.IsGuarding || ledger.GuardEndedAt >= lease.NotAfter - lease.Ttl;
        if (ledger.IsRunning && ledger.IsStoreUp
            && lease.Deadline(mayBeHeld, ledger.Store!.InstancesMax) is { } deadline && happened.At > deadline)
        {
            broken(FormattableString.Invariant(
                $"what lease {lease.Id} holds was still listed at {happened.At.TotalSeconds} s; it was to be gone at {deadline.TotalSeconds} s"));
        }
    }
}
