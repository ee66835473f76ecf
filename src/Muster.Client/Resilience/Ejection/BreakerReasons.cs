namespace Muster.Client.Resilience;

/// <summary>Words reasons for people.</summary>
internal static class BreakerReasons
{
    /// <summary>The reason in a sentence; null if there is none.</summary>
    public static string? Text(BreakerReason reason) => reason switch
    {
        BreakerReason.ConnectFailed => "no connection could be made",
        BreakerReason.ConsecutiveFailures => "too many calls in a row failed",
        BreakerReason.SuccessRate => "its success rate was far below that of the others",
        BreakerReason.FailurePercentage => "nearly all of its calls failed",
        BreakerReason.Latency => "it took far longer than the others",
        _ => null,
    };
}
