using Muster.Client.Resilience;
using Muster.Grpc;

namespace Muster.Client.Http;

/// <summary>What an attempt brought: an answer or an exception.</summary>
/// <param name="Response">The answer; null if there is none.</param>
/// <param name="IsEnded">Whether it has been read to its end, so that its trailers are there.</param>
/// <param name="Exception">What was thrown; null if there is an answer.</param>
internal readonly record struct Reply(HttpResponseMessage? Response, bool IsEnded, Exception? Exception)
{
    /// <summary>Whether <see cref="Balancing.BalancingOptions.AttemptTimeout"/> cut it short.</summary>
    public bool IsTimedOut { get; init; }

    /// <summary>Whether an answer asks for another try.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="isEnded">Whether its trailers are there.</param>
    /// <param name="options">Which statuses do.</param>
    public static bool AsksForRetry(HttpResponseMessage response, bool isEnded, RetryOptions options)
    {
        if (!response.IsSuccessStatusCode)
        {
            return options.HttpStatuses.Contains(response.StatusCode)
                && ((int)response.StatusCode != 429 || Pushback.RetryAfter(response, DateTimeOffset.UnixEpoch) is not null);
        }

        return isEnded && ResponseSignals.GrpcStatus(response) is { } status and not StatusCode.OK && options.GrpcStatuses.Contains(status);
    }

    /// <summary>Whether this is what the caller gets, whoever else might be asked.</summary>
    /// <param name="options">Which answers ask for another try; null: none.</param>
    public bool IsGood(RetryOptions? options) =>
        Exception is null && (options is null || !AsksForRetry(Response!, IsEnded, options));

    /// <summary>How it failed, if it did.</summary>
    /// <param name="caller">The caller's token.</param>
    public AttemptFailure Classify(CancellationToken caller)
    {
        if (Exception is null)
        {
            return AttemptFailure.Unavailable;
        }

        return IsTimedOut && !caller.IsCancellationRequested
            ? AttemptFailure.TimedOut
            : FailureClassifier.Classify(Exception, caller);
    }

    /// <summary>What it says, for the error message; null where the exception does.</summary>
    public string? Describe()
    {
        if (Response is null || Exception is not null)
        {
            return null;
        }

        return Response.IsSuccessStatusCode && ResponseSignals.GrpcStatus(Response) is { } status
            ? $"it answered {status}"
            : $"it answered {(int)Response.StatusCode}";
    }
}
