namespace Muster.Core.Sessions;

/// <summary>What was seen of a lease: the evidence when its instances time out or leave.</summary>
/// <param name="Ttl">Its TTL.</param>
/// <param name="SinceRenewal">How long the last renewal was ago.</param>
/// <param name="HasStream">Whether a session stream keeps it.</param>
/// <param name="SinceStreamLost">How long its stream has been gone; null if it was never lost, is back, or never was.</param>
/// <param name="Client">What its provider calls itself; empty for a client without a session.</param>
public sealed record LeaseSigns(TimeSpan Ttl, TimeSpan SinceRenewal, bool HasStream, TimeSpan? SinceStreamLost, string Client);
