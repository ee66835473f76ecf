namespace Muster.AspNetCore;

/// <summary>When a request came, and how many ran then, itself included.</summary>
internal readonly record struct RequestStart(long Timestamp, long InFlight);
