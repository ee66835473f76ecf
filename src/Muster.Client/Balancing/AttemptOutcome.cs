namespace Muster.Client.Balancing;

/// <summary>How one attempt of a call ended.</summary>
/// <param name="Service">The service.</param>
/// <param name="InstanceId">The instance that was chosen.</param>
/// <param name="Success">Whether the instance did its part: a transport error, HTTP 5xx and the gRPC statuses that blame the
/// server are failures; a caller's cancellation is neither, and counts as success here.</param>
/// <param name="Duration">From the pick to the end of body or trailers.</param>
/// <param name="WillRetry">Whether the same call goes on with another instance.</param>
public readonly record struct AttemptOutcome(
    string Service, string InstanceId, bool Success, TimeSpan Duration, bool WillRetry);
