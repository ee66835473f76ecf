namespace Muster.Client.Resilience;

/// <summary>An attempt that failed, for the error message.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Address">Where it was tried.</param>
/// <param name="Failure">How it failed.</param>
/// <param name="Exception">What was thrown; null where the instance answered.</param>
internal readonly record struct FailedAttempt(string InstanceId, string Address, AttemptFailure Failure, Exception? Exception)
{
    public override string ToString() => $"{InstanceId} at {Address}: {Reason}";

    // The innermost exception says what happened ("Connection refused"); those around it say that something did.
    private string Reason => Exception?.GetBaseException().Message ?? "it answered UNAVAILABLE";
}
