using Muster.Client.Http;

namespace Muster.Client.Resilience;

/// <summary>Reads what <see cref="SocketsHttpHandler"/> throws.</summary>
/// <remarks>A request above a GOAWAY's last stream never ran either. The transport sends it again on a new connection, which an
/// instance that goes away refuses, and that refusal is what arrives here. Should it answer GOAWAY four times in a row, the
/// exception cannot be told from a stream that was reset in the middle, so the request counts as broken: to be wrong that way
/// loses a retry, to be wrong the other way runs a call twice.</remarks>
internal static class FailureClassifier
{
    /// <summary>RFC 9113 §8.7: a stream refused with it was not processed at all.</summary>
    private const long RefusedStream = 0x7;

    /// <summary>Whether it got no turn to connect, which is nobody's failure.</summary>
    public static bool IsNoTurn(Exception? exception) => exception is HttpRequestException { InnerException: NoTurnException };

    /// <summary>What an exception of an attempt means.</summary>
    /// <param name="exception">What was thrown, before or after the response's headers.</param>
    /// <param name="caller">The caller's token: once it has fired, whatever fails is its doing.</param>
    public static AttemptFailure Classify(Exception exception, CancellationToken caller) => exception switch
    {
        _ when caller.IsCancellationRequested => AttemptFailure.Cancelled,
        _ when IsNoTurn(exception) => AttemptFailure.NoTurn,
        HttpRequestException http => OfRequest(http),
        // The handler's own connect timeout: the one OperationCanceledException that is not the caller's.
        OperationCanceledException { InnerException: TimeoutException } => AttemptFailure.ConnectFailed,
        OperationCanceledException => AttemptFailure.Broken,
        HttpProtocolException { ErrorCode: RefusedStream } => AttemptFailure.NeverRan,
        IOException => AttemptFailure.Broken,
        _ => AttemptFailure.BadRequest,
    };

    private static AttemptFailure OfRequest(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError =>
            AttemptFailure.ConnectFailed,
        HttpRequestError.VersionNegotiationError or HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.UserAuthenticationError or HttpRequestError.ExtendedConnectNotSupported => AttemptFailure.BadRequest,
        _ => HasRefusedStream(exception) ? AttemptFailure.NeverRan : AttemptFailure.Broken,
    };

    private static bool HasRefusedStream(Exception exception)
    {
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException { ErrorCode: RefusedStream })
            {
                return true;
            }
        }

        return false;
    }
}
