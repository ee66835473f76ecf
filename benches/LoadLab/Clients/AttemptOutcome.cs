namespace Muster.Bench.LoadLab.Clients;

/// <summary>What came of an attempt.</summary>
internal enum AttemptOutcome
{
    /// <summary>An answer.</summary>
    Answered,

    /// <summary>An answer that says that the server failed: HTTP 5xx, gRPC UNAVAILABLE.</summary>
    Failed,

    /// <summary>No connection.</summary>
    Refused,

    /// <summary>The caller's time was over first.</summary>
    TimedOut,
}
