using Muster.Testing.Contract;

namespace Muster.Simulation;

/// <summary>Breaks the product on purpose: a checker that says nothing then would say nothing in earnest either.</summary>
public class PlantedFaultTests
{
    private const int SeedsMax = 100;

    [Theory]
    [InlineData(Fault.LostEvent, ContractRules.DeliveredStatesExisted)]
    [InlineData(Fault.EarlyExpiry, ContractRules.NotRemovedEarly)]
    [InlineData(Fault.LateExpiry, ContractRules.RemovedInTime)]
    [InlineData(Fault.DuplicateAddress, ContractRules.NoAddressTwice)]
    [InlineData(Fault.ResurrectedInstance, ContractRules.NoResurrection)]
    [InlineData(Fault.ResumeThatSkips, ContractRules.ResumeSkipsNothing)]
    [InlineData(Fault.HalfDeliveredCommit, ContractRules.CommitsArriveWhole)]
    [InlineData(Fault.LostWrite, ContractRules.AcknowledgedWritesKept)]
    [InlineData(Fault.ReusedLease, ContractRules.LeasesNeverReused)]
    [InlineData(Fault.RevisionGoesBack, ContractRules.RevisionsNeverGoBack)]
    [InlineData(Fault.ForgottenWatcher, ContractRules.NewestStateArrives)]
    [InlineData(Fault.HiddenInstance, ContractRules.ShownIsDelivered)]
    [InlineData(Fault.CheckThatIgnoresFall, ContractRules.CheckThresholdsKept)]
    [InlineData(Fault.CheckedRemovedEarly, ContractRules.CheckedNotRemovedEarly)]
    [InlineData(Fault.CheckedNeverRemoved, ContractRules.ChecksInTime)]
    [InlineData(Fault.CheckedLeaseRunsOut, ContractRules.CheckedNotRemovedEarly)]
    [InlineData(Fault.PingAnswerIgnored, ContractRules.LivingKeepTheirAddress)]
    [InlineData(Fault.StallTakenForDeafness, ContractRules.LivingKeepTheirAddress)]
    [InlineData(Fault.DeafHolderKept, ContractRules.DeafLoseTheirAddress)]
    public void Fault_IsCaughtByTheRuleThatNamesIt(Fault fault, string rule)
    {
        var seed = Enumerable.Range(1, SeedsMax).FirstOrDefault(s => Run.Of(s, fault).Violations.Any(v => v.Rule == rule));

        Assert.True(seed > 0, $"{fault} was not caught by '{rule}' in {SeedsMax} seeds.");
        TestContext.Current.SendDiagnosticMessage($"{fault}: '{rule}' at seed {seed}");
    }
}
