namespace Muster.Client.Resilience;

/// <summary>Whether a call goes on at another instance, and why not.</summary>
internal enum RetryVerdict
{
    /// <summary>It does, at once: what failed never ran.</summary>
    AtOnce,

    /// <summary>It does, after a wait and within the budget.</summary>
    Retry,

    /// <summary>No other instance could do better: the caller gave up, or the request is wrong.</summary>
    Pointless,

    /// <summary>It was tried as often as is allowed.</summary>
    TriedEnough,

    /// <summary>It may have run, and nothing says that it may run twice.</summary>
    NotIdempotent,

    /// <summary>Its content is a stream that has been read.</summary>
    NotReplayable,

    /// <summary>Retries are switched off.</summary>
    Off,

    /// <summary>Everybody else has been tried, or does not offer what is asked for.</summary>
    NoOther,

    /// <summary>Everybody else is set aside: they failed a moment ago, and nothing says that they would not again.</summary>
    OthersSetAside,

    /// <summary>The instance asked not to be tried again, or not so soon.</summary>
    PushedBack,

    /// <summary>The wait would end after the call's deadline.</summary>
    PastDeadline,

    /// <summary>Too many calls of the service have been sent again lately.</summary>
    OutOfBudget,
}
