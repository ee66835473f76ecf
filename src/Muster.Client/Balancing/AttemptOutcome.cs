namespace Muster.Client.Balancing;

/// <summary>How one attempt of a call ended.</summary>
/// <param name="Service">The service.</param>
/// <param name="InstanceId">The instance that was chosen.</param>
/// <param name="Result">What it says of the instance.</param>
/// <param name="Duration">From the pick to the end of body or trailers.</param>
/// <param name="WillRetry">Whether the same call goes on with another instance.</param>
public readonly record struct AttemptOutcome(
    string Service, string InstanceId, AttemptResult Result, TimeSpan Duration, bool WillRetry)
{
    /// <summary>Whether nothing is held against the instance.</summary>
    public bool Success => Result != AttemptResult.Failure;
}
