namespace Muster.Client.Balancing;

/// <summary>What an attempt says of the instance that it went to.</summary>
public enum AttemptResult
{
    /// <summary>The instance did its part, whatever it answered: a request that is refused for what it asks is answered well.</summary>
    Success,

    /// <summary>It did not: a connection that failed or broke, HTTP 5xx, or a gRPC status that blames the server (UNKNOWN, INTERNAL,
    /// UNAVAILABLE, DATA_LOSS).</summary>
    Failure,

    /// <summary>It has too much to do (HTTP 429, RESOURCE_EXHAUSTED): load, and no sign of a defect.</summary>
    Overload,

    /// <summary>The caller gave up, its deadline passed, or no connection was begun because too many others were being made: says nothing
    /// of the instance.</summary>
    Cancelled,
}
