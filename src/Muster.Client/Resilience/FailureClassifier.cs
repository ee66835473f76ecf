using Muster.Client.Http;
using Muster.Grpc.Calls;

namespace Muster.Client.Resilience;

/// <summary>Reads what <see cref="SocketsHttpHandler"/> throws.</summary>
/// <remarks>Where it is not certain that a request never ran (<see cref="Http2Refusal"/>), it counts as broken: to be wrong that way
/// loses a retry, to be wrong the other way runs a call twice.</remarks>
internal static class FailureClassifier
{
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
        IOException => Http2Refusal.IsCertain(exception) ? AttemptFailure.NeverRan : AttemptFailure.Broken,
        _ => AttemptFailure.BadRequest,
    };

    private static AttemptFailure OfRequest(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError =>
            AttemptFailure.ConnectFailed,
        HttpRequestError.VersionNegotiationError or HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.UserAuthenticationError or HttpRequestError.ExtendedConnectNotSupported => AttemptFailure.BadRequest,
        _ => Http2Refusal.IsCertain(exception) ? AttemptFailure.NeverRan : AttemptFailure.Broken,
    };
}
