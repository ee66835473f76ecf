namespace Muster.Client.Resilience;

/// <summary>Why an instance is set aside.</summary>
public enum BreakerReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>No connection could be made to it.</summary>
    ConnectFailed,

    /// <summary>Too many calls in a row failed.</summary>
    ConsecutiveFailures,

    /// <summary>Its success rate was far below that of the others (gRFC A50).</summary>
    SuccessRate,

    /// <summary>Nearly all of its calls failed (gRFC A50).</summary>
    FailurePercentage,

    /// <summary>It took far longer than the others.</summary>
    Latency,
}
