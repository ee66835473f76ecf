namespace Muster.Testing.Contract.Rules;

/// <summary>An instance with an active check is probed at its interval, and leaves when that has failed for long enough; later only by
/// what a stall, a restart or an outage of the store allows.</summary>
internal sealed class ChecksInTime() : HistoryRule(ContractRules.ChecksInTime)
{
    public override void Judge(HistoryEvent happened, Ledger ledger, Action<string> broken)
    {
        if (!ledger.IsRunning || !ledger.IsStoreUp)
        {
            return;
        }

        switch (happened)
        {
            case HistoryEvent.Probed probed:
                Judge(ledger.Store?.Check(probed.Instance), happened.At, broken);
                break;
            case HistoryEvent.Committed:
                foreach (var transition in ledger.Transitions.Where(t => t.Removal is not null))
                {
                    Judge(transition.Check, happened.At, broken);
                }

                break;

            // From here on other deadlines hold; and at the end there is nothing that could be judged.
            case HistoryEvent.RegistryStopped or HistoryEvent.RegistryStalled or HistoryEvent.StoreFailed or HistoryEvent.Quiesced:
                foreach (var check in ledger.Store?.Checks ?? [])
                {
                    Judge(check, happened.At, broken);
                }

                break;
        }
    }

    private static void Judge(CheckLedger? check, TimeSpan at, Action<string> broken)
    {
        if (check is not null && at > check.ProbeDueAt)
        {
            broken(FormattableString.Invariant($"{check.Key} was to be probed by {check.ProbeDueAt.TotalSeconds} s; it is {at.TotalSeconds} s"));
        }

        if (check is not null && at > check.LeaveDueAt)
        {
            broken(FormattableString.Invariant(
                $"{check.Key} has failed its check for long enough, and was to be gone by {check.LeaveDueAt.Value.TotalSeconds} s; it is {at.TotalSeconds} s"));
        }
    }
}
