namespace Muster.Testing.Contract;

/// <summary>The rules by name; <c>docs/reference/contract.md</c> says what each promises.</summary>
public static class ContractRules
{
    /// <summary>An acknowledged write is in the store at the revision that was named, and still there after a restart.</summary>
    public const string AcknowledgedWritesKept = "acknowledged-writes-kept";

    /// <summary>At no revision does a service list an address twice.</summary>
    public const string NoAddressTwice = "no-address-twice";

    /// <summary>A lease that ended does not begin again, and no instance is listed under one that does not run.</summary>
    public const string LeasesNeverReused = "leases-never-reused";

    /// <summary>An instance that was removed is listed again only by a registration that was sent for it.</summary>
    public const string NoResurrection = "no-resurrection";

    /// <summary>No instance is removed for silence before its TTL is over: after the last renewal, a stall, a restart.</summary>
    public const string NotRemovedEarly = "not-removed-early";

    /// <summary>An instance whose lease is not renewed is removed when its TTL is over, and at most the expiry lag later.</summary>
    public const string RemovedInTime = "removed-in-time";

    /// <summary>An instance with an active check is shown as its probes say: the first decides, then as many in a row as it wants.</summary>
    public const string CheckThresholdsKept = "check-thresholds-kept";

    /// <summary>No instance with an active check leaves for silence, nor by its check before that has failed for long enough.</summary>
    public const string CheckedNotRemovedEarly = "checked-not-removed-early";

    /// <summary>An instance with an active check is probed at its interval, and leaves once the check has failed for long enough.</summary>
    public const string ChecksInTime = "checks-in-time";

    /// <summary>Who gives signs of life does not lose its address to another process.</summary>
    public const string LivingKeepTheirAddress = "living-keep-their-address";

    /// <summary>Who does not answer a ping does not keep its address from another process.</summary>
    public const string DeafLoseTheirAddress = "deaf-lose-their-address";

    /// <summary>A watcher never goes back to an older revision of the same store.</summary>
    public const string RevisionsNeverGoBack = "revisions-never-go-back";

    /// <summary>What a watcher has at a progress is what the service was at that revision.</summary>
    public const string DeliveredStatesExisted = "delivered-states-existed";

    /// <summary>The changes of one commit are delivered whole before the progress that names its revision.</summary>
    public const string CommitsArriveWhole = "commits-arrive-whole";

    /// <summary>A watch that resumes gets every change since its token, or a snapshot.</summary>
    public const string ResumeSkipsNothing = "resume-skips-nothing";

    /// <summary>Once all is quiet, each watcher that is connected has the newest state of each instance.</summary>
    public const string NewestStateArrives = "newest-state-arrives";

    /// <summary>A consumer shows what it was delivered; more only while it carries instances of a store that was lost.</summary>
    public const string ShownIsDelivered = "shown-is-delivered";
}
