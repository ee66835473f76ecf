namespace Muster.Simulation;

/// <summary>Ways to break the product on purpose, each in the simulation's own glue around it.</summary>
public enum Fault
{
    None,

    /// <summary>A watcher is not sent one of the changes.</summary>
    LostEvent,

    /// <summary>A renewal is taken and answered, and does not reach the lease.</summary>
    EarlyExpiry,

    /// <summary>A dead provider's lease is renewed by nobody.</summary>
    LateExpiry,

    /// <summary>A commit puts an instance at an address without removing its former holder.</summary>
    DuplicateAddress,

    /// <summary>A commit puts a removed instance back.</summary>
    ResurrectedInstance,

    /// <summary>A watch that resumes is served from the newest revision instead of its token's.</summary>
    ResumeThatSkips,

    /// <summary>Of a commit with several changes the last is not sent before its progress.</summary>
    HalfDeliveredCommit,

    /// <summary>A registry that restarts has lost its last commit.</summary>
    LostWrite,

    /// <summary>A lease gets the id of one that ended.</summary>
    ReusedLease,

    /// <summary>A progress names an older revision.</summary>
    RevisionGoesBack,

    /// <summary>A watcher that fell behind is never sent the rest.</summary>
    ForgottenWatcher,

    /// <summary>A consumer drops an instance that it was delivered.</summary>
    HiddenInstance,

    /// <summary>A check takes the first failure for enough.</summary>
    CheckThatIgnoresFall,

    /// <summary>An instance whose check may remove it is removed when that has only begun to fail.</summary>
    CheckedRemovedEarly,

    /// <summary>An instance whose check may remove it stays.</summary>
    CheckedNeverRemoved,

    /// <summary>The lease of an instance with a check is taken for one that somebody has to renew.</summary>
    CheckedLeaseRunsOut,

    /// <summary>What a pinged provider says does not reach who asked.</summary>
    PingAnswerIgnored,

    /// <summary>A ping whose answer lay unread while the registry stood still counts as unanswered.</summary>
    StallTakenForDeafness,

    /// <summary>A provider that says that it answers pings is never asked.</summary>
    DeafHolderKept,
}
