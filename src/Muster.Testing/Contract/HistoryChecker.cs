using Muster.Testing.Contract.Rules;

namespace Muster.Testing.Contract;

/// <summary>Holds a run to the contract of <c>docs/reference/contract.md</c>.</summary>
/// <remarks>Knows nothing of how the run was made: record what is observed, and rules that are given nothing to judge stay
/// silent. Without <see cref="HistoryEvent.Committed"/> there is no truth to compare with; wrap the store in a
/// <see cref="RecordingStore"/>.</remarks>
public static class HistoryChecker
{
    /// <summary>Every promise that the run broke, at most <paramref name="max"/>; empty if it kept them all.</summary>
    /// <param name="history">The run.</param>
    /// <param name="max">Past this nothing more is looked for: after a broken promise the rest is of little use.</param>
    public static IReadOnlyList<ContractViolation> Check(History history, int max = 100)
    {
        var ledger = new Ledger();
        HistoryRule[] rules =
        [
            new AcknowledgedWritesKept(), new NoAddressTwice(), new LeasesNeverReused(), new NoResurrection(),
            new NotRemovedEarly(), new RemovedInTime(),
            new CheckThresholdsKept(), new CheckedNotRemovedEarly(), new ChecksInTime(), new LivingKeepTheirAddress(), new DeafLoseTheirAddress(),
            new RevisionsNeverGoBack(), new DeliveredStatesExisted(), new CommitsArriveWhole(), new ResumeSkipsNothing(),
            new NewestStateArrives(), new ShownIsDelivered(),
        ];
        var found = new List<ContractViolation>();
        foreach (var happened in history.Events)
        {
            // Removals are judged by the leases as they were, and everything else by what the commit made of them.
            ledger.Observe(happened);
            foreach (var rule in rules)
            {
                rule.Judge(happened, ledger, message => found.Add(new ContractViolation(rule.Name, happened.At, message)));
            }

            ledger.Settle(happened);
            if (found.Count >= max)
            {
                break;
            }
        }

        return found;
    }
}
