namespace Muster.Client.Resilience;

/// <summary>Whether a call goes on at another instance, and why not.</summary>
internal enum RetryVerdict
{
    /// <summary>It does, if there is another instance.</summary>
    Retry,

    /// <summary>No other instance could do better: the caller gave up, or the request is wrong.</summary>
    Pointless,

    /// <summary>It was tried as often as is allowed.</summary>
    TriedEnough,

    /// <summary>It may have run, and nothing says that it may run twice.</summary>
    NotIdempotent,

    /// <summary>Its content is a stream that has been read.</summary>
    NotReplayable,
}
