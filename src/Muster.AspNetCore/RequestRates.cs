namespace Muster.AspNetCore;

/// <summary>Requests and failures per second, and the counts that they were taken from.</summary>
internal sealed record RequestRates(long Timestamp, long Started, long Failed, double PerSecond, double FailedPerSecond);
