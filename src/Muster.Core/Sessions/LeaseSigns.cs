namespace Muster.Core.Sessions;

/// <summary>What was seen of a lease: the evidence when its instances time out or leave.</summary>
/// <param name="IsHeard">Whether its provider was heard since this process knows the lease: not one that was found in the store after a
/// restart and has not come back.</param>
/// <param name="Ttl">Its TTL.</param>
/// <param name="SinceRenewal">How long the last renewal was ago; of one that was not heard, how long it has been waited for.</param>
/// <param name="HasStream">Whether a session stream keeps it.</param>
/// <param name="SinceStreamLost">How long its stream has been gone; null if it was never lost, is back, or never was.</param>
/// <param name="Client">What its provider calls itself; empty for a client without a session.</param>
public sealed record LeaseSigns(
    bool IsHeard, TimeSpan Ttl, TimeSpan SinceRenewal, bool HasStream, TimeSpan? SinceStreamLost, string Client);
