namespace Muster.Client.Resilience;

/// <summary>An attempt that failed, for the error message.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Address">Where it was tried.</param>
/// <param name="Failure">How it failed.</param>
/// <param name="Exception">What was thrown; null where the instance answered.</param>
/// <param name="Answer">What the instance answered; null where something was thrown.</param>
internal readonly record struct FailedAttempt(
    string InstanceId, string Address, AttemptFailure Failure, Exception? Exception, string? Answer)
{
    public override string ToString() => $"{InstanceId} at {Address}: {Reason}";

    // The innermost exception says what happened ("Connection refused"); those around it say that something did. Our own timeout
    // says more than the cancellation inside it.
    private string? Reason => Answer ?? (Exception is TimeoutException ? Exception.Message : Exception?.GetBaseException().Message);
}
