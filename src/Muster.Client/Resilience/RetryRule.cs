namespace Muster.Client.Resilience;

/// <summary>Decides whether a failed attempt may be followed by one at another instance.</summary>
/// <remarks>
/// What was never sent goes on to the next instance until each was tried once. What may have run is sent once more at most, and
/// only if running twice is as good as once (design §7). Pure.
/// </remarks>
internal static class RetryRule
{
    /// <summary>Attempts of one call, all together. Past it a fleet is so broken that trying on only keeps the caller from
    /// hearing of it; instances that refused are set aside, so the next call starts with others.</summary>
    public const int AttemptsMax = 32;

    /// <summary>What to do after a failure.</summary>
    /// <param name="failure">How the attempt failed.</param>
    /// <param name="attempts">Attempts of this call so far.</param>
    /// <param name="mayHaveRun">How many of them may have run.</param>
    /// <param name="request">The request.</param>
    public static RetryVerdict Decide(AttemptFailure failure, int attempts, int mayHaveRun, HttpRequestMessage request) => failure switch
    {
        AttemptFailure.Cancelled or AttemptFailure.BadRequest => RetryVerdict.Pointless,
        _ when attempts >= AttemptsMax => RetryVerdict.TriedEnough,
        AttemptFailure.ConnectFailed => RetryVerdict.Retry,
        _ when !RequestTraits.IsReplayable(request) => RetryVerdict.NotReplayable,
        AttemptFailure.NeverRan => RetryVerdict.Retry,
        _ when !RequestTraits.IsIdempotent(request) => RetryVerdict.NotIdempotent,
        _ => mayHaveRun <= 1 ? RetryVerdict.Retry : RetryVerdict.TriedEnough,
    };
}
