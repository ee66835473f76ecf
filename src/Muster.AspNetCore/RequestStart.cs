namespace Muster.AspNetCore;

/// <summary>When a request came, how many ran then, itself included, and whether it is a stream, which is in no such count.</summary>
internal readonly record struct RequestStart(long Timestamp, long InFlight, bool IsStream);
