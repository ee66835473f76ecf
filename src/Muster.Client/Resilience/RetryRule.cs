namespace Muster.Client.Resilience;

/// <summary>Decides whether a failed attempt may be followed by one at another instance.</summary>
/// <remarks>
/// Pure. gRFC A6's three kinds:
/// <list type="bullet">
/// <item><description>what never left goes on at once, as often as it takes;</description></item>
/// <item><description>what the instance refused unread, or what got no turn to connect, goes on at once, but only the first
/// time;</description></item>
/// <item><description>all else waits, costs the budget, counts against <see cref="RetryOptions.AttemptsMax"/>, and must be safe to run
/// twice (design §7).</description></item>
/// </list>
/// </remarks>
internal static class RetryRule
{
    /// <summary>Attempts of one call, all together. Past it a fleet is so broken that trying on only keeps the caller from
    /// hearing of it; instances that refused are set aside, so the next call starts with others.</summary>
    public const int AttemptsMax = 32;

    /// <summary>What to do after a failure.</summary>
    /// <param name="failure">How the last attempt failed.</param>
    /// <param name="counts">All attempts, the last included.</param>
    /// <param name="request">The request.</param>
    /// <param name="options">Null: only what never ran goes on.</param>
    public static RetryVerdict Decide(
        AttemptFailure failure, AttemptCounts counts, HttpRequestMessage request, RetryOptions? options) => failure switch
    {
        AttemptFailure.Cancelled or AttemptFailure.BadRequest => RetryVerdict.Pointless,
        _ when counts.All >= AttemptsMax => RetryVerdict.TriedEnough,
        AttemptFailure.ConnectFailed => RetryVerdict.AtOnce,
        AttemptFailure.NoTurn => counts.NeverRan == 1 ? RetryVerdict.AtOnce : DecideByPolicy(failure, counts, request, options),
        _ when !RequestTraits.IsReplayable(request) => RetryVerdict.NotReplayable,
        AttemptFailure.NeverRan when counts.NeverRan == 1 => RetryVerdict.AtOnce,
        _ => DecideByPolicy(failure, counts, request, options),
    };

    /// <summary>What to do after a failure that nothing excuses from wait and budget.</summary>
    public static RetryVerdict DecideByPolicy(
        AttemptFailure failure, AttemptCounts counts, HttpRequestMessage request, RetryOptions? options)
    {
        if (failure is not (AttemptFailure.NeverRan or AttemptFailure.NoTurn) && !RequestTraits.IsIdempotent(request))
        {
            return RetryVerdict.NotIdempotent;
        }

        if (options is null)
        {
            return RetryVerdict.Off;
        }

        return counts.Counted < options.AttemptsMax ? RetryVerdict.Retry : RetryVerdict.TriedEnough;
    }
}
